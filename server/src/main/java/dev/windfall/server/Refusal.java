package dev.windfall.server;

/** Why a call is not handed on to whoever would answer it, as a metric has it. */
enum Refusal {
  TOO_LARGE("too-large"),
  NO_ROOM("no-room"),
  /** Its body did not arrive in time, or its answer was not taken. */
  TOO_SLOW("too-slow");

  private final String text;

  Refusal(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}

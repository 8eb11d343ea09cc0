package dev.windfall.server;

import java.util.Locale;

/**
 * What a check found.
 *
 * @param about which check, in a word
 * @param server which it is about; empty: all of them together
 * @param says what was found, and what to do if that is anything
 */
record Finding(State state, String about, String server, String says) {
  /** How bad it is. */
  enum State {
    OK,
    WARNING,
    PROBLEM;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Text of servers may be in it. */
  Finding {
    says = Printable.of(says, 1_000);
  }
}

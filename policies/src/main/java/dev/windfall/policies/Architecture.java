package dev.windfall.policies;

/** A processor architecture, as the label {@code kubernetes.io/arch} has it. */
public enum Architecture {
  AMD64("amd64"),
  ARM64("arm64");

  private final String text;

  Architecture(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}

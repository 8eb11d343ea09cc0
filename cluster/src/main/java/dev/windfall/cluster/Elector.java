package dev.windfall.cluster;

import java.time.Duration;

@SuppressWarnings("DoNotCallSuggester")
public final class Elector implements AutoCloseable {
  /** How long a lease lasts, when its holder gives up renewing it, and how often both are tried. */
  public record Terms(Duration lease, Duration renewDeadline, Duration retry) {
    public static final Terms DEFAULT =
        new Terms(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
  }

  public static Elector start(
      KubeClient client, Key lease, String holder, Terms terms, Clocks clocks) {
    throw new UnsupportedOperationException();
  }

  public boolean leading() {
    throw new UnsupportedOperationException();
  }

  /** Who held the lease when it was last read; empty when nobody. */
  public String holder() {
    throw new UnsupportedOperationException();
  }

  public void onChange(Runnable callback) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}

package dev.windfall.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

@SuppressWarnings("DoNotCallSuggester")
public final class Watcher<T> implements AutoCloseable {
  private Watcher() {}

  public static <T> Watcher<T> start(
      KubeClient client, Resource resource, Selection selection, Decoder<T> decoder) {
    throw new UnsupportedOperationException();
  }

  public Map<Key, T> snapshot() {
    throw new UnsupportedOperationException();
  }

  public boolean synced() {
    throw new UnsupportedOperationException();
  }

  public boolean awaitSynced(Duration atMost) throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  public Instant lastHeard() {
    throw new UnsupportedOperationException();
  }

  public Duration age() {
    throw new UnsupportedOperationException();
  }

  public void onChange(Runnable callback) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}

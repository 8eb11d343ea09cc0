package dev.windfall.cluster;

@SuppressWarnings("DoNotCallSuggester")
public final class EventRecorder implements AutoCloseable {
  public enum Type {
    NORMAL,
    WARNING
  }

  // instance: name of this replica
  public static EventRecorder start(KubeClient client, String instance, Clocks clocks) {
    throw new UnsupportedOperationException();
  }

  public void record(Reference about, Type type, String reason, String note) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}

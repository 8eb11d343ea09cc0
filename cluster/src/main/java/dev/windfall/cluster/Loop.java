package dev.windfall.cluster;

import java.time.Duration;

@SuppressWarnings("DoNotCallSuggester")
public final class Loop implements AutoCloseable {
  @FunctionalInterface
  public interface Pass {
    void run() throws Exception;
  }

  public static Loop start(
      String name, Duration atLeastEvery, Duration atMostEvery, ClusterMetrics metrics, Pass pass) {
    throw new UnsupportedOperationException();
  }

  public void wake() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}

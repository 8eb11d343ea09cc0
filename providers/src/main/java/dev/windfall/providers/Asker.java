package dev.windfall.providers;

import java.util.Optional;
import java.util.function.Consumer;

/** Asks one source again and again, on a thread of its own. */
final class Asker implements AutoCloseable {
  private final Source source;
  private final Consumer<Answer> listener;
  private final Thread thread;

  /** What became of one question. */
  sealed interface Answer {
    /** Empty: what it said last still holds. */
    record Said(Optional<Quotes> quotes) implements Answer {}

    /** Why it could not say. */
    record Failed(String error) implements Answer {}
  }

  /**
   * Asks nothing yet.
   *
   * @param listener told of each answer, on the source's thread
   */
  Asker(Source source, Consumer<Answer> listener) {
    this.source = source;
    this.listener = listener;
    // A platform thread: what is read may be large, and decoding it would keep a carrier busy.
    this.thread =
        Thread.ofPlatform().daemon().name("prices of " + source.name()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Ends a question under way by interrupting it. */
  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try (source) {
      while (!Thread.currentThread().isInterrupted()) {
        listener.accept(ask(source));
        Thread.sleep(source.every());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks once. */
  static Answer ask(Source source) {
    try {
      return new Answer.Said(source.poll());
    } catch (SourceException e) {
      return new Answer.Failed(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // A source that breaks its word must not end the thread that asks it.
      return new Answer.Failed(e.toString());
    }
  }
}

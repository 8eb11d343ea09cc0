package dev.windfall.providers;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Asks one source again and again, on a thread of its own. */
final class Asker implements AutoCloseable {
  /** How long a replica that does not lead waits before it looks whether it does now. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Source source;
  private final BooleanSupplier leading;
  private final Consumer<Answer> listener;
  private final Thread thread;

  /** What became of one question. */
  sealed interface Answer {
    /** Empty: what it said last still holds. */
    record Said(Optional<Quotes> quotes) implements Answer {}

    /**
     * Why it could not say.
     *
     * @param denied the rights that Windfall was told it lacks
     */
    record Failed(String error, Set<String> denied) implements Answer {
      Failed(String error) {
        this(error, Set.of());
      }
    }
  }

  /**
   * Asks nothing yet.
   *
   * @param leading whether this replica leads
   * @param listener told of each answer, on the source's thread
   */
  Asker(Source source, BooleanSupplier leading, Consumer<Answer> listener) {
    this.source = source;
    this.leading = leading;
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
        if (mayAsk()) {
          listener.accept(ask(source));
          Thread.sleep(source.every());
        } else {
          Thread.sleep(LOOK_AGAIN);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it is this replica's to ask. */
  boolean mayAsk() {
    return !source.leaderOnly() || leading.getAsBoolean();
  }

  /** Asks once. */
  static Answer ask(Source source) {
    try {
      return new Answer.Said(source.poll());
    } catch (SourceException e) {
      return new Answer.Failed(String.valueOf(e.getMessage()), e.denied());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      // A source that breaks its word must not end the thread that asks it.
      return new Answer.Failed(e.toString());
    }
  }
}

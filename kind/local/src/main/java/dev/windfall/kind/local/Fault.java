package dev.windfall.kind.local;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Something that goes wrong with one request. */
public sealed interface Fault {
  /**
   * An answer that is an error, in place of the right one; nothing is applied.
   *
   * @param retryAfterSeconds sent as Retry-After; negative: not sent
   */
  record Answer(int code, String reason, String message, int retryAfterSeconds) implements Fault {
    /** The same, with a Retry-After header, in seconds. */
    public Answer retryAfter(int seconds) {
      return new Answer(code, reason, message, seconds);
    }

    /** The same, with another reason and message in its body. */
    public Answer saying(String newReason, String newMessage) {
      return new Answer(code, newReason, newMessage, retryAfterSeconds);
    }
  }

  /** The request is served once the latch opens. */
  record Held(CountDownLatch until) implements Fault {}

  /** The request is served only after a while. */
  record Slow(Duration by) implements Fault {}

  /** A watch that leaves out its next bookmark, be it the one that ends the state, and goes on. */
  record SkippedBookmark() implements Fault {}

  /** A watch that breaks in the middle of the event after this many. */
  record Cut(int afterEvents) implements Fault {}

  /** A watch that ends in good order after this many events, as at its timeout. */
  record End(int afterEvents) implements Fault {}

  /** A watch that answers 200, and then says in its stream that the version is too old. */
  record Expired() implements Fault {}

  /** The request is carried out, and the connection closed without an answer. */
  record Mute() implements Fault {}

  /** The connection is closed and nothing is carried out. */
  record Refuse() implements Fault {}

  static Answer status(int code) {
    String reason =
        switch (code) {
          case 401 -> "Unauthorized";
          case 403 -> "Forbidden";
          case 404 -> "NotFound";
          case 409 -> "Conflict";
          case 410 -> "Expired";
          case 422 -> "Invalid";
          case 429 -> "TooManyRequests";
          case 500 -> "InternalError";
          case 503 -> "ServiceUnavailable";
          case 504 -> "Timeout";
          default -> "Unknown";
        };
    return new Answer(code, reason, "a fault put here by the test", -1);
  }

  static Fault held(CountDownLatch until) {
    return new Held(until);
  }

  static Fault slow(Duration by) {
    return new Slow(by);
  }

  static Fault skipBookmark() {
    return new SkippedBookmark();
  }

  static Fault cutAfter(int events) {
    return new Cut(events);
  }

  static Fault endAfter(int events) {
    return new End(events);
  }

  static Fault expired() {
    return new Expired();
  }

  static Fault mute() {
    return new Mute();
  }

  static Fault refuse() {
    return new Refuse();
  }
}

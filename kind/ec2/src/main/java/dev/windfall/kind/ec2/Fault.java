package dev.windfall.kind.ec2;

import java.util.concurrent.CountDownLatch;

/** Something that goes wrong with one request. */
public sealed interface Fault {
  /** An error, in place of the right answer. */
  record Answer(int status, String code, String message) implements Fault {}

  /** The request is answered once the latch opens. */
  record Held(CountDownLatch until) implements Fault {}

  /** The right answer: so that a later request meets the fault after it. */
  record None() implements Fault {}

  /** The connection breaks in the middle of the answer. */
  record Cut() implements Fault {}

  /** An answer that is well delivered and is not what was asked for. */
  record Body(String text) implements Fault {}

  /** Too many calls, as EC2 says it. */
  static Fault throttled() {
    return new Answer(503, "RequestLimitExceeded", "Request limit exceeded.");
  }

  /** The caller may not, as EC2 says it; the JSON protocols are told in their own words. */
  static Fault denied() {
    return new Answer(
        403, "UnauthorizedOperation", "You are not authorized to perform this operation.");
  }

  static Fault error(int status, String code, String message) {
    return new Answer(status, code, message);
  }

  static Fault held(CountDownLatch until) {
    return new Held(until);
  }

  static Fault none() {
    return new None();
  }

  static Fault cut() {
    return new Cut();
  }

  static Fault body(String text) {
    return new Body(text);
  }
}

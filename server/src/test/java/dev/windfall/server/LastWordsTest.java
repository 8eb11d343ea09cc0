package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LastWordsTest {
  private final AtomicInteger ended = new AtomicInteger();
  private final LastWords lastWords = new LastWords(ended::incrementAndGet);

  private static void die() {
    throw new AssertionError("a bug");
  }

  @Test
  void aThreadThatDiesEndsTheProcess() throws InterruptedException {
    Thread thread =
        Thread.ofPlatform().uncaughtExceptionHandler(lastWords).start(LastWordsTest::die);
    thread.join();

    assertEquals(1, ended.get());
  }

  @Test
  void aCallThatDiesEndsNoOther() throws InterruptedException {
    Thread call = Thread.ofVirtual().uncaughtExceptionHandler(lastWords).start(LastWordsTest::die);
    call.join();

    assertEquals(0, ended.get());
  }
}

package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogLineTest {
  private static LogRecord event(String message, Object... parameters) {
    LogRecord event = new LogRecord(Level.WARNING, message);
    event.setInstant(Instant.parse("2026-11-20T10:00:00.123456Z"));
    event.setLoggerName("dev.windfall.providers.PriceFeed");
    event.setParameters(parameters);
    return event;
  }

  @Test
  void textIsTimeLevelSourceAndMessage() {
    assertEquals(
        "2026-11-20T10:00:00.123Z WARN PriceFeed: file market.yaml: 12 offers",
        new LogLine.Text().of(event("{0}: {1} offers", "file market.yaml", 12)));
  }

  @Test
  void aMessageOfManyLinesIsOneLine() {
    String line = new LogLine.Text().of(event("first\nsecond\r\n  third"));

    assertTrue(line.endsWith("first | second | third"), line);
  }

  @Test
  void jsonHasTheSameFields() {
    assertEquals(
        "{\"time\":\"2026-11-20T10:00:00.123Z\",\"level\":\"warn\",\"logger\":\"dev.windfall.providers.PriceFeed\",\"message\":\"say"
            + " \\\"this\\\"\\n\"}",
        new LogLine.Json().of(event("say \"this\"\n")));
  }

  @Test
  void anExpectedFailureIsASentenceAndAFaultShowsWhereItIs() {
    LogRecord expected = event("trying");
    expected.setThrown(new FailureException("the port is taken"));
    LogRecord fault = event("trying");
    fault.setThrown(new IllegalStateException("impossible"));

    String sentence = new LogLine.Text().of(expected);
    assertTrue(sentence.endsWith("trying: the port is taken"), sentence);
    assertFalse(sentence.contains("LogLineTest"), sentence);
    assertTrue(new LogLine.Text().of(fault).contains("LogLineTest"));
  }

  @Test
  void bracesInAMessageWithoutParametersStay() {
    assertTrue(new LogLine.Text().of(event("{\"a\": 1}")).endsWith("{\"a\": 1}"));
  }
}

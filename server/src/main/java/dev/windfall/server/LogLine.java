package dev.windfall.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.text.MessageFormat;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** How one event reads. It is one line, whatever a message holds. */
sealed interface LogLine {
  String of(LogRecord event);

  /** {@code 2026-11-20T10:00:00.000Z INFO PriceFeed: file market.yaml: 12 offers}. */
  final class Text implements LogLine {
    @Override
    public String of(LogRecord event) {
      StringBuilder line = new StringBuilder(120);
      line.append(time(event)).append(' ').append(level(event)).append(' ');
      line.append(source(event)).append(": ").append(flat(message(event)));
      Throwable thrown = event.getThrown();
      if (thrown != null) {
        line.append(": ").append(flat(isOurs(thrown) ? sentence(thrown) : trace(thrown)));
      }
      return line.toString();
    }

    private static String flat(String text) {
      return text.strip().replaceAll("\\s*\\R\\s*", " | ");
    }
  }

  /** The same as a JSON object. */
  final class Json implements LogLine {
    private static final JsonFactory JSON = new JsonFactory();

    @Override
    public String of(LogRecord event) {
      StringWriter text = new StringWriter();
      try (JsonGenerator json = JSON.createGenerator(text)) {
        json.writeStartObject();
        json.writeStringField("time", time(event));
        json.writeStringField("level", level(event).toLowerCase(Locale.ROOT));
        json.writeStringField("logger", String.valueOf(event.getLoggerName()));
        json.writeStringField("message", message(event));
        Throwable thrown = event.getThrown();
        if (thrown != null) {
          json.writeStringField("error", sentence(thrown));
          if (!isOurs(thrown)) {
            json.writeStringField("trace", trace(thrown));
          }
        }
        json.writeEndObject();
      } catch (IOException e) {
        throw new UncheckedIOException("writing to memory", e);
      }
      return text.toString();
    }
  }

  private static String time(LogRecord event) {
    return event.getInstant().truncatedTo(ChronoUnit.MILLIS).toString();
  }

  private static String level(LogRecord event) {
    int value = event.getLevel().intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (value >= Level.WARNING.intValue()) {
      return "WARN";
    }
    return value >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }

  private static String source(LogRecord event) {
    String name = String.valueOf(event.getLoggerName());
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String message(LogRecord event) {
    Object[] parameters = event.getParameters();
    String message = String.valueOf(event.getMessage());
    if (parameters == null || parameters.length == 0) {
      return message;
    }
    try {
      return new MessageFormat(message, Locale.ROOT).format(parameters);
    } catch (IllegalArgumentException e) {
      return message;
    }
  }

  /** Our own exceptions are sentences for people. Any other is a fault, and shows where it is. */
  private static boolean isOurs(Throwable thrown) {
    return thrown.getClass().getPackageName().startsWith("dev.windfall.");
  }

  private static String sentence(Throwable thrown) {
    return thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
  }

  private static String trace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}

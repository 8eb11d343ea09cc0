package dev.windfall.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Windfall's own metrics, read from the text that a server shows them in. Those of others are
 * passed over; a line of ours that cannot be read is none of ours.
 */
record Samples(List<Sample> all) {
  private static final String OURS = "windfall_";

  /** One number, with what it is about. */
  record Sample(String name, Map<String, String> labels, double value) {
    String label(String key) {
      return labels.getOrDefault(key, "");
    }
  }

  Samples {
    all = List.copyOf(all);
  }

  /**
   * Reads the text format of Prometheus, version 0.0.4.
   *
   * @throws IllegalArgumentException when a line of ours is not in that format
   */
  static Samples read(String text) {
    List<Sample> samples = new ArrayList<>();
    text.lines().filter(line -> line.startsWith(OURS)).forEach(line -> samples.add(sample(line)));
    return new Samples(samples);
  }

  private static Sample sample(String line) {
    Line rest = new Line(line);
    String name = rest.until("{ ");
    Map<String, String> labels = new HashMap<>();
    if (rest.skip('{')) {
      while (!rest.skip('}')) {
        String label = rest.until("=");
        rest.expect('=');
        labels.put(label, rest.quoted());
        rest.skip(',');
      }
    }
    rest.expect(' ');
    return new Sample(name, Map.copyOf(labels), rest.number());
  }

  Stream<Sample> of(String name) {
    return all.stream().filter(sample -> sample.name().equals(name));
  }

  boolean has(String name) {
    return of(name).findAny().isPresent();
  }

  double sum(String name) {
    return sum(name, sample -> true);
  }

  double sum(String name, String label, String value) {
    return sum(name, sample -> sample.label(label).equals(value));
  }

  private double sum(String name, Predicate<Sample> which) {
    return values(name, which).sum();
  }

  OptionalDouble value(String name, String label, String value) {
    return values(name, sample -> sample.label(label).equals(value)).findFirst();
  }

  private DoubleStream values(String name, Predicate<Sample> which) {
    return of(name).filter(which).mapToDouble(Sample::value);
  }

  /** What is not read yet of a line. */
  private static final class Line {
    private final String line;
    private int at;

    Line(String line) {
      this.line = line;
    }

    private IllegalArgumentException wrong() {
      return new IllegalArgumentException("\"" + Printable.of(line, 100) + "\"");
    }

    private char next() {
      if (at == line.length()) {
        throw wrong();
      }
      return line.charAt(at++);
    }

    String until(String ends) {
      int from = at;
      while (ends.indexOf(next()) < 0) {
        // Not yet.
      }
      at--;
      return line.substring(from, at);
    }

    boolean skip(char wanted) {
      boolean there = at < line.length() && line.charAt(at) == wanted;
      at += there ? 1 : 0;
      return there;
    }

    void expect(char wanted) {
      if (!skip(wanted)) {
        throw wrong();
      }
    }

    String quoted() {
      expect('"');
      StringBuilder text = new StringBuilder();
      for (char c = next(); c != '"'; c = next()) {
        if (c == '\\') {
          char escaped = next();
          text.append(escaped == 'n' ? '\n' : escaped);
        } else {
          text.append(c);
        }
      }
      return text.toString();
    }

    /** A time may follow the value. */
    double number() {
      String text = line.substring(at).split(" ", 2)[0];
      return switch (text) {
        case "+Inf" -> Double.POSITIVE_INFINITY;
        case "-Inf" -> Double.NEGATIVE_INFINITY;
        case "NaN" -> Double.NaN;
        default -> {
          if (!text.matches("[-+0-9.eE]+")) {
            throw wrong();
          }
          try {
            yield Double.parseDouble(text);
          } catch (NumberFormatException e) {
            throw wrong();
          }
        }
      };
    }
  }
}

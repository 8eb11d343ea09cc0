package dev.windfall.server;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a command printed and how it ended.
 *
 * @param out standard output
 * @param err standard error
 */
record CommandLineRun(int exit, String out, String err) {
  static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  static CommandLineRun of(String... words) {
    return withInput("", words);
  }

  static CommandLineRun withInput(String input, String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Windfall.commandLine(
                InstantSource.fixed(NOW),
                Map.of(),
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err))
            .execute(words);
    return new CommandLineRun(exit, out.toString(), err.toString());
  }
}

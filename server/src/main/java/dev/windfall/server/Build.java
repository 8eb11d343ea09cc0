package dev.windfall.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What this program was built from.
 *
 * @param commit {@code unknown} unless whoever built it said
 */
record Build(String version, String commit, String java) {
  static Build current() {
    Properties built = new Properties();
    try (InputStream in = Build.class.getResourceAsStream("build.properties")) {
      if (in == null) {
        throw new IllegalStateException("build.properties is missing from the jar");
      }
      built.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("reading build.properties", e);
    }
    return new Build(
        built.getProperty("version", "unknown"),
        built.getProperty("commit", "unknown"),
        Runtime.version().toString());
  }
}

package dev.windfall.server;

import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
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

  /** As a metric whose labels say it. */
  void tell(PrometheusRegistry registry) {
    Info.builder()
        .name("windfall_build_info")
        .help("What this replica was built from.")
        .labelNames("version", "commit", "java")
        .register(registry)
        .setLabelValues(version, commit, java);
  }
}

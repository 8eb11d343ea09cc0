package dev.windfall.policies;

import dev.windfall.policies.WindfallConfig.Cluster;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the section {@code cluster}. */
final class ClusterReader {
  private ClusterReader() {}

  /**
   * Reads it; what is wrong is a problem of {@code section}.
   *
   * @param path how a path is read
   */
  static Cluster read(Section section, Shape<Path> path) {
    Shape<Optional<Path>> maybe =
        text -> text.isBlank() ? Optional.empty() : Optional.of(path.read(text));
    Cluster cluster =
        new Cluster(
            section.value("kubeconfig", maybe, Optional.empty()),
            section.value("namespace", Shape.LABEL_VALUE, "windfall-system"),
            section.value("install", Shape.FLAG, true),
            section.list("nodeClasses", Shape.SOME_TEXT),
            section.list("nodeClassRoles", Shape.SOME_TEXT));
    section.refuseUnknown();
    return cluster;
  }
}

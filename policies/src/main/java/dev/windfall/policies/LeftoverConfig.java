package dev.windfall.policies;

import java.util.Optional;

/**
 * What Windfall has to know for LeftoverNodePools, and they never said.
 *
 * @param role the AWS role of the nodes of a node class that Windfall makes for one; empty: it
 *     makes none
 * @param amiAlias the image of those nodes, such as {@code al2023@v20260101}; empty: it makes none
 * @param mode whether their SpotPools act, where one does not say so itself
 */
public record LeftoverConfig(Optional<String> role, Optional<String> amiAlias, SpotPool.Mode mode) {

  /** What holds where nothing is set. */
  public static final LeftoverConfig DEFAULT =
      new LeftoverConfig(Optional.empty(), Optional.empty(), SpotPool.Mode.ACT);

  static LeftoverConfig read(Section section) {
    LeftoverConfig config =
        new LeftoverConfig(
            section.value("role", maybe(NodeClassReader.ROLE), Optional.empty()),
            section.value("amiAlias", maybe(NodeClassReader.AMI_ALIAS), Optional.empty()),
            section.value("mode", Shape.oneOf(SpotPool.Mode.values()), SpotPool.Mode.ACT));
    section.refuseUnknown();
    return config;
  }

  private static Shape<Optional<String>> maybe(Shape<String> shape) {
    return text -> Shape.MAYBE.read(text).map(shape::read);
  }

  /** The same with another mode. */
  public LeftoverConfig in(SpotPool.Mode other) {
    return new LeftoverConfig(role, amiAlias, other);
  }
}

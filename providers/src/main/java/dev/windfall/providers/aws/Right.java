package dev.windfall.providers.aws;

import java.util.Arrays;
import java.util.Optional;

/**
 * A right that AWS may deny, as people are told of it.
 *
 * @param action as IAM calls it, such as {@code ec2:GetSpotPlacementScores}
 * @param statement of the policy that is shipped, which allows it
 * @param without what follows when it is denied and was never granted
 */
public record Right(String action, String statement, String without) {
  /** Where the statements are. */
  private static final String POLICY = "deploy/aws/policy.json";

  /** The right to that action; empty when Windfall asks for no such thing. */
  public static Optional<Right> of(String action) {
    return Arrays.stream(Fact.values())
        .filter(fact -> !action.isEmpty() && fact.right().equals(action))
        .map(Fact::iam)
        .findFirst();
  }

  /** What to do about it. */
  String advice() {
    return "Windfall's role needs %s, statement %s of %s".formatted(action, statement, POLICY);
  }

  /** The same to somebody who knows only that it is denied. */
  public String denied() {
    return "%s is denied; Windfall's role needs statement %s of %s, unless windfall market names another policy that forbids it; without it %s"
        .formatted(action, statement, POLICY, without);
  }
}

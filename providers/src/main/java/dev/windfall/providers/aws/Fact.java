package dev.windfall.providers.aws;

import java.time.Duration;

/**
 * One thing that AWS is asked, with the right it takes and what follows when it is not answered.
 */
enum Fact {
  TYPES("ec2:DescribeInstanceTypes", "Machines", Duration.ofDays(1), "no machine is known"),
  ZONES(
      "ec2:DescribeAvailabilityZones",
      "Machines",
      Duration.ofDays(1),
      "placement scores have no zone to go to"),
  OFFERINGS(
      "ec2:DescribeInstanceTypeOfferings",
      "Machines",
      Duration.ofHours(6),
      "a type counts as offered where it has a spot price"),
  SPOT("ec2:DescribeSpotPriceHistory", "SpotPrices", Duration.ZERO, "spot capacity is not offered"),
  SCORES(
      "ec2:GetSpotPlacementScores",
      "PlacementScores",
      Duration.ofMinutes(15),
      "placement scores are unknown"),
  RESERVATIONS(
      "ec2:DescribeCapacityReservations",
      "Reservations",
      Duration.ofMinutes(5),
      "reserved capacity is not offered"),
  LIST_PRICES(
      "pricing:GetProducts",
      "ListPrices",
      Duration.ofDays(1),
      "on-demand prices stand in a table, or nowhere"),
  QUOTAS(
      "servicequotas:ListServiceQuotas", "Quotas", Duration.ofHours(1), "no quota bars an offer"),
  ADVISOR("", "", Duration.ofHours(6), "interruption bands are unknown");

  private static final String EC2 = "ec2:";

  private final String right;
  private final String purpose;
  private final Duration every;
  private final String without;

  /**
   * One fact.
   *
   * @param purpose for which the right is in deploy/aws/policy.json
   */
  Fact(String right, String purpose, Duration every, String without) {
    this.right = right;
    this.purpose = purpose;
    this.every = every;
    this.without = without;
  }

  /** The IAM action it takes; empty where it takes none. */
  String right() {
    return right;
  }

  /** The same, and where it is written down. */
  Right iam() {
    return new Right(right, "WindfallReads" + purpose, without);
  }

  /** What people call it: the name of the call. */
  String call() {
    return right.isEmpty() ? "the Spot Advisor" : right.substring(right.indexOf(':') + 1);
  }

  /** How long an answer holds; zero: until the source is asked again. */
  Duration every() {
    return every;
  }

  /** What follows when it was never answered. */
  String without() {
    return without;
  }

  /** Whether the region's own endpoint answers it. */
  boolean ofTheRegion() {
    return right.startsWith(EC2);
  }
}

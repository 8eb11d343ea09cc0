package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.kind.ec2.Asked;
import dev.windfall.kind.ec2.Fault;
import dev.windfall.kind.ec2.Machine;
import dev.windfall.market.Basis;
import dev.windfall.market.Criteria;
import dev.windfall.market.Demand;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.market.Ranking;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Usd;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.SourceException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What AWS's answers come to, over the wire. */
class AwsSourceTest {
  private final Account account = Account.small();
  private AwsSource source = account.source();

  @AfterEach
  void close() {
    source.close();
    account.close();
  }

  private Quotes poll() {
    return source.poll().orElseThrow();
  }

  @Test
  void anOfferSaysAllThatAwsSaysOfIt() {
    account.region.score("euc1-az2", 7).advised("g6.xlarge", 1);
    account.region.machine(Machine.nvidia("g6.2xlarge", 8, 32, 1, "L4", 24576));
    account.region.machine(Machine.nvidia("g6.4xlarge", 16, 64, 1, "L4", 24576));

    assertEquals(
        new Offer(
            "aws eu-central-1",
            "aws",
            "eu-central-1",
            new Place("g6.xlarge", "eu-central-1a").key(Capacity.SPOT),
            Architecture.AMD64,
            new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")),
            4,
            Memory.parse("16Gi"),
            Usd.parse("0.40"),
            Basis.QUOTED,
            Optional.of(Account.START),
            OptionalInt.of(7),
            Optional.of("5-10%"),
            Optional.empty()),
        Account.spot(poll()));
  }

  @Test
  void aMachineWithoutGpusIsNoOffer() {
    account.region.price("m7i.large", "eu-central-1a", "0.01");

    assertTrue(poll().offers().stream().noneMatch(offer -> offer.family().equals("m7i")));
  }

  /** AWS counts none of them, and a device plugin neither. */
  @Test
  void aPartOfAGpuIsNoGpu() {
    account
        .region
        .machine(
            Machine.nvidia("g6f.xlarge", 4, 16, 1, "L4", 2861)
                .gpus(new Machine.Gpu("NVIDIA", "L4", 0, 2861)))
        .price("g6f.xlarge", "eu-central-1a", "0.05")
        .onDemand("g6f.xlarge", "0.2");

    assertTrue(poll().offers().stream().noneMatch(offer -> offer.family().equals("g6f")));
  }

  @Test
  void aGpuThatIsNotNvidiasIsRefusedByItsMaker() {
    account
        .region
        .machine(
            Machine.nvidia("g4ad.xlarge", 4, 16, 1, "-", 8192)
                .gpus(new Machine.Gpu("AMD", "Radeon Pro V520", 1, 8192)))
        .price("g4ad.xlarge", "eu-central-1a", "0.10");

    Ranking ranking = rank(poll());

    assertEquals("g6.xlarge", ranking.offers().getFirst().offer().key().instanceType());
    assertTrue(
        ranking.refused().stream()
            .anyMatch(one -> one.reason().equals("its GPUs are by AMD, not NVIDIA")));
  }

  @Test
  void anArmMachineSaysSo() {
    account
        .region
        .machine(Machine.nvidia("g5g.xlarge", 4, 8, 1, "T4g", 16384).architecture("arm64"))
        .price("g5g.xlarge", "eu-central-1a", "0.20");

    assertEquals(
        Architecture.ARM64,
        Account.find(poll(), "eu-central-1a", "g5g.xlarge", Capacity.SPOT)
            .orElseThrow()
            .architecture());
  }

  /** Others rank by the price of the machine, so that four GPUs at 1.20 lose to one at 0.40. */
  @Test
  void theGpuIsRankedAndNotTheMachine() {
    account
        .region
        .machine(Machine.nvidia("g6.12xlarge", 48, 192, 4, "L4", 24576))
        .price("g6.12xlarge", "eu-central-1b", "1.20");

    assertEquals("g6.12xlarge", rank(poll()).offers().getFirst().offer().key().instanceType());
  }

  @Test
  void aModelWithBlanksInItsNameFitsALabel() {
    account
        .region
        .machine(Machine.nvidia("g7e.2xlarge", 8, 64, 1, "RTX PRO Server 6000", 98304))
        .price("g7e.2xlarge", "eu-central-1a", "1.10");

    assertEquals(
        "RTX-PRO-Server-6000",
        Account.find(poll(), "eu-central-1a", "g7e.2xlarge", Capacity.SPOT)
            .orElseThrow()
            .gpu()
            .model());
  }

  @Test
  void pagesOfOneItemComeToTheSameAsOneLargePage() {
    Quotes whole = poll();
    account.ec2.pageSize(1);
    source = account.source();
    account.ec2.forgetRequests();

    assertEquals(whole, poll());
    assertEquals(2, account.ec2.requests("DescribeInstanceTypes").size());
    assertEquals(2, account.ec2.requests("DescribeSpotPriceHistory").size());
  }

  @Test
  void aTypeWithoutASpotPriceIsOfferedOnDemandOnly() {
    account
        .region
        .machine(Machine.nvidia("g6.2xlarge", 8, 32, 1, "L4", 24576))
        .onDemand("g6.2xlarge", "1.2220000000");

    Quotes quotes = poll();

    assertEquals(
        Optional.empty(), Account.find(quotes, "eu-central-1a", "g6.2xlarge", Capacity.SPOT));
    assertEquals(
        Usd.parse("1.222"),
        Account.find(quotes, "eu-central-1a", "g6.2xlarge", Capacity.ON_DEMAND)
            .orElseThrow()
            .usdPerHour());
  }

  @Test
  void aTypeIsOfferedOnlyInTheZonesThatOfferIt() {
    account.region.withhold("g6.xlarge", "eu-central-1b");

    assertTrue(
        poll().offers().stream().allMatch(offer -> offer.key().zone().equals("eu-central-1a")));
  }

  @Test
  void freeReservedCapacityCostsNothingAndTakenIsNotOffered() {
    account
        .region
        .reservation("g6.xlarge", "eu-central-1a", 2)
        .reservation("g6.xlarge", "eu-central-1b", 0);

    List<Offer> reserved =
        poll().offers().stream()
            .filter(offer -> offer.key().capacity() == Capacity.RESERVED)
            .toList();

    assertEquals(1, reserved.size());
    assertEquals(Usd.ZERO, reserved.getFirst().usdPerHour());
    assertEquals("eu-central-1a", reserved.getFirst().key().zone());
  }

  @Test
  void capacityReservedForAnotherSystemIsNotOffered() {
    account.region.reservation("g6.xlarge", "eu-central-1a", 2, "Windows");

    assertTrue(
        poll().offers().stream().noneMatch(offer -> offer.key().capacity() == Capacity.RESERVED));
  }

  @Test
  void anOfferThatAQuotaForbidsIsBarredWithTheQuota() {
    account.region.quota("All G and VT Spot Instance Requests", 3);

    Quotes quotes = poll();

    assertEquals(
        Optional.of(
            "has 4 vCPUs, more than the 3 that the service quota"
                + " \"All G and VT Spot Instance Requests\" allows in eu-central-1"),
        Account.spot(quotes).barred());
    assertTrue(
        rank(quotes).offers().stream()
            .noneMatch(one -> one.offer().key().capacity() == Capacity.SPOT));
  }

  @Test
  void whoMayNotReadThePriceListGetsTheDatedTable() {
    account.ec2.faults().always("GetProducts", Fault.denied());
    source = account.source("us-east-1", Duration.ofSeconds(10));
    account
        .ec2
        .region("us-east-1")
        .zone("us-east-1a", "use1-az1")
        .machine(Machine.nvidia("g6.xlarge", 4, 16, 1, "L4", 24576));

    Offer offer = Account.find(poll(), "us-east-1a", "g6.xlarge", Capacity.ON_DEMAND).orElseThrow();

    assertEquals(Usd.parse("0.8048"), offer.usdPerHour());
    assertEquals(new Basis.Listed(LocalDate.of(2026, 1, 19)), offer.basis());
  }

  @Test
  void aRegionThatIsNotInTheTableHasNoOnDemandPriceRatherThanAGuess() {
    account.ec2.faults().always("GetProducts", Fault.denied());

    assertTrue(
        poll().offers().stream().noneMatch(offer -> offer.key().capacity() == Capacity.ON_DEMAND));
  }

  @Test
  void scoresAreAskedForEachZoneWithThreeTypesOrMore() {
    account
        .region
        .machine(Machine.nvidia("g6.2xlarge", 8, 32, 1, "L4", 24576))
        .machine(Machine.nvidia("g6.4xlarge", 16, 64, 1, "L4", 24576))
        .machine(Machine.nvidia("g6.12xlarge", 48, 192, 4, "L4", 24576))
        .price("g6.12xlarge", "eu-central-1a", "1.20")
        .score("euc1-az2", 9)
        .score("euc1-az3", 2);

    Quotes quotes = poll();

    List<Asked> asked = account.ec2.requests("GetSpotPlacementScores");
    assertEquals(1, asked.size());
    assertEquals(
        List.of("g6.2xlarge", "g6.4xlarge", "g6.xlarge"), asked.getFirst().all("InstanceType"));
    assertEquals("true", asked.getFirst().one("SingleAvailabilityZone"));
    assertEquals(OptionalInt.of(9), Account.spot(quotes).placementScore());
    assertEquals(
        OptionalInt.of(2),
        Account.find(quotes, "eu-central-1b", "g6.xlarge", Capacity.SPOT)
            .orElseThrow()
            .placementScore());
    assertEquals(
        OptionalInt.empty(),
        Account.find(quotes, "eu-central-1a", "g6.12xlarge", Capacity.SPOT)
            .orElseThrow()
            .placementScore());
  }

  @Test
  void scoresAreAskedForAsManyMachinesAsThePoolsWant() {
    account
        .region
        .machine(Machine.nvidia("g6.2xlarge", 8, 32, 1, "L4", 24576))
        .machine(Machine.nvidia("g6.4xlarge", 16, 64, 1, "L4", 24576));
    Quotes _ = poll();
    account.scored.set(16);
    Quotes _ = poll();

    assertEquals(
        List.of("2", "16"),
        account.ec2.requests("GetSpotPlacementScores").stream()
            .map(asked -> asked.one("TargetCapacity"))
            .toList());
  }

  @Test
  void theSameMachinesMakeTheSameQuestionAboutScores() {
    account
        .region
        .machine(Machine.nvidia("g6.2xlarge", 8, 32, 1, "L4", 24576))
        .machine(Machine.nvidia("g6.4xlarge", 16, 64, 1, "L4", 24576));
    Quotes _ = poll();
    source = account.source();
    Quotes _ = poll();

    assertEquals(
        1,
        account.ec2.requests("GetSpotPlacementScores").stream()
            .map(Asked::parameters)
            .distinct()
            .count());
  }

  @Test
  void eachRegionIsAskedWhereItIs() {
    account
        .ec2
        .region("us-west-2")
        .zone("us-west-2a", "usw2-az1")
        .machine(Machine.nvidia("g5.xlarge", 4, 16, 1, "A10G", 24576))
        .price("g5.xlarge", "us-west-2a", "0.33");
    try (AwsSource other = account.source("us-west-2", Duration.ofSeconds(10))) {
      Quotes here = poll();
      Quotes there = other.poll().orElseThrow();

      assertEquals("aws us-west-2", other.name());
      assertTrue(here.offers().stream().allMatch(one -> one.region().equals("eu-central-1")));
      assertTrue(there.offers().stream().allMatch(one -> one.region().equals("us-west-2")));
      assertEquals(
          "g5.xlarge",
          there.offers().stream()
              .map(one -> one.key().instanceType())
              .distinct()
              .collect(Collectors.joining()));
    }
  }

  @Test
  void aRegionWithoutGpusIsAFailureThatSaysSo() {
    account.region.empty();

    assertEquals(
        "DescribeInstanceTypes names no type with a GPU in eu-central-1; no machine is known",
        assertThrows(SourceException.class, source::poll).getMessage());
  }

  // What is wrong with single prices.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0.0000  | must be more than zero
          -0.4    | must not be negative
          1000000 | is absurd
          1e9     | must be a plain decimal number such as 0.40
          1e400   | must be a plain decimal number such as 0.40
          NaN     | must be a plain decimal number such as 0.40
          free    | must be a plain decimal number such as 0.40
          """)
  void aPriceThatCannotBeIsLeftOutWithItsReason(String usd, String reason) {
    account.region.price("g6.xlarge", "eu-central-1a", usd);

    Quotes quotes = poll();

    assertEquals(
        List.of(
            "the spot price \"%s\" of g6.xlarge in eu-central-1a %s; it is left out"
                .formatted(usd, reason)),
        quotes.leftOut());
    assertEquals(
        Optional.of("0.40"),
        Account.find(quotes, "eu-central-1a", "g6.xlarge", Capacity.SPOT)
            .map(offer -> offer.usdPerHour().toString()),
        "the last that could be");
  }

  @Test
  void aPriceFromTheFutureIsLeftOut() {
    account.region.price(
        "g6.xlarge", "eu-central-1a", "0.01", Account.START.plus(Duration.ofHours(1)));

    Quotes quotes = poll();

    assertEquals("0.40", Account.spot(quotes).usdPerHour().toString());
    assertTrue(quotes.leftOut().getFirst().contains("in the future"), quotes.leftOut()::toString);
  }

  @Test
  void clocksThatDifferByMinutesLoseNoPrice() {
    Quotes _ = poll();
    account.region.price(
        "g6.xlarge", "eu-central-1a", "0.60", Account.START.plus(Duration.ofMinutes(5)));
    assertEquals("0.60", Account.spot(poll()).usdPerHour().toString());

    account.pass(Duration.ofMinutes(20));
    Quotes _ = poll();
    account.region.price(
        "g6.xlarge", "eu-central-1a", "0.70", account.now().minus(Duration.ofMinutes(5)));

    assertEquals("0.70", Account.spot(poll()).usdPerHour().toString());
  }

  /** As what is read back would refuse it. */
  @Test
  void anOfferThatNoBookMayHaveIsLeftOut() {
    account.region.onDemand("g6.xlarge", "5000");

    Quotes quotes = poll();

    assertTrue(
        quotes.offers().stream().noneMatch(one -> one.key().capacity() == Capacity.ON_DEMAND));
    assertTrue(
        quotes.leftOut().getFirst().contains("is more than 1000.00 for each of its GPUs"),
        quotes.leftOut()::toString);
  }

  @Test
  void aZoneThatTheRegionDoesNotHaveIsLeftOut() {
    account.region.price("g6.xlarge", "eu-central-1z", "0.10");

    Quotes quotes = poll();

    assertTrue(quotes.offers().stream().noneMatch(one -> one.key().zone().equals("eu-central-1z")));
    assertEquals(
        List.of(
            "g6.xlarge in eu-central-1z has a spot price, but eu-central-1z is no zone of"
                + " eu-central-1; the offer is left out"),
        quotes.leftOut());
  }

  @Test
  void thousandsOfBadPricesAreFiftySentences() {
    for (int i = 0; i < 2000; i++) {
      account.region.price("g6.xlarge", "eu-central-1a", "-" + i + ".5");
    }

    Quotes quotes = poll();

    assertEquals(51, quotes.leftOut().size());
    assertEquals("and 1950 more", quotes.leftOut().getLast());
  }

  // Prices that move.

  @Test
  void theNewestPriceCountsInWhateverOrderTheyCome() {
    Instant then = Account.START.minusSeconds(60);
    account
        .region
        .price("g6.xlarge", "eu-central-1a", "0.43", then)
        .price("g6.xlarge", "eu-central-1a", "0.41", then.minusSeconds(60))
        .price("g6.xlarge", "eu-central-1a", "0.42", then.minusSeconds(30));

    assertEquals("0.43", Account.spot(poll()).usdPerHour().toString());
  }

  @ParameterizedTest
  @CsvSource({"0.45, 0.42", "0.42, 0.45"})
  void ofTwoPricesAtOneTimeTheDearerCounts(String first, String second) {
    account
        .region
        .price("g6.xlarge", "eu-central-1a", first)
        .price("g6.xlarge", "eu-central-1a", second);

    assertEquals("0.45", Account.spot(poll()).usdPerHour().toString());
  }

  @Test
  void theFirstPollLooksFarBackAndTheLaterOnesWithAnOverlap() {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(1));
    Quotes _ = poll();

    List<Instant> since =
        account.ec2.requests("DescribeSpotPriceHistory").stream()
            .map(asked -> Instant.parse(asked.one("StartTime")))
            .toList();
    assertEquals(
        List.of(
            Account.START.minus(Duration.ofDays(3)), Account.START.minus(Duration.ofMinutes(15))),
        since);
  }

  @Test
  void onlyGpuTypesAndLinuxAreAskedFor() {
    Quotes _ = poll();

    Asked asked = account.ec2.requests("DescribeSpotPriceHistory").getFirst();
    assertEquals(List.of("g6.xlarge"), asked.all("InstanceType"));
    assertEquals(List.of("Linux/UNIX"), asked.all("ProductDescription"));
  }

  @Test
  void aPriceThatDidNotMoveIsConfirmedByEachPoll() {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(1));

    assertEquals(Optional.of(account.now()), Account.spot(poll()).observedAt());
  }

  @Test
  void aTenfoldJumpIsDoubtedForOnePoll() {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(1));
    account.region.price("g6.xlarge", "eu-central-1a", "0.01");

    assertEquals("0.40", Account.spot(poll()).usdPerHour().toString());
    account.pass(Duration.ofMinutes(1));
    assertEquals("0.01", Account.spot(poll()).usdPerHour().toString());
  }

  @Test
  void whatSeldomChangesIsAskedSeldom() {
    for (int minute = 0; minute < 60; minute++) {
      Quotes _ = poll();
      account.pass(Duration.ofMinutes(1));
    }

    assertEquals(60, account.ec2.requests("DescribeSpotPriceHistory").size());
    assertEquals(12, account.ec2.requests("DescribeCapacityReservations").size());
    for (String daily :
        List.of(
            "DescribeInstanceTypes",
            "DescribeAvailabilityZones",
            "DescribeInstanceTypeOfferings",
            "GetProducts")) {
      assertEquals(1, account.ec2.requests(daily).size(), daily);
    }
  }

  @Test
  void noTwoPollsAreQuiteAsFarApart() {
    Set<Long> waits = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      long millis = source.every().toMillis();
      waits.add(millis);
      assertTrue(millis >= 54_000 && millis <= 66_000, millis + " ms");
    }
    assertTrue(waits.size() > 10, waits::toString);
  }

  private Ranking rank(Quotes quotes) {
    return Rank.rank(
        Criteria.everything(Demand.whole()),
        PriceBook.of(quotes.offers(), List.of()),
        account.now());
  }
}

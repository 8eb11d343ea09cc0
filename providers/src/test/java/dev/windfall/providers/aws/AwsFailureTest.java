package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.kind.ec2.Fault;
import dev.windfall.market.Offer;
import dev.windfall.policies.Capacity;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.SourceException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What becomes of the offers when AWS does not answer as it should. */
class AwsFailureTest {
  private final Account account = Account.small();
  private AwsSource source = account.source();
  private final CountDownLatch held = new CountDownLatch(1);

  @AfterEach
  void close() {
    held.countDown();
    source.close();
    account.close();
  }

  private Quotes poll() {
    return source.poll().orElseThrow();
  }

  private String failure() {
    return String.valueOf(assertThrows(SourceException.class, source::poll).getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeCapacityReservations",
    "pricing:GetProducts",
    "servicequotas:ListServiceQuotas",
  })
  void whoMayNotAskOneThingIsToldTheRightAndGetsTheRest(String right) {
    String call = right.substring(right.indexOf(':') + 1);
    account.region.reservation("g6.xlarge", "eu-central-1a", 1);
    account.ec2.faults().always(call, Fault.denied());

    Quotes quotes = poll();

    assertEquals(1, quotes.troubles().size(), quotes.troubles()::toString);
    assertTrue(
        quotes
            .troubles()
            .getFirst()
            .startsWith(
                call + " is denied; Windfall's role needs " + right + ", statement WindfallReads"),
        quotes.troubles()::toString);
    List<Capacity> left = quotes.offers().stream().map(one -> one.key().capacity()).toList();
    assertEquals(!call.equals("DescribeSpotPriceHistory"), left.contains(Capacity.SPOT));
    assertEquals(!call.equals("DescribeCapacityReservations"), left.contains(Capacity.RESERVED));
    assertEquals(!call.equals("GetProducts"), left.contains(Capacity.ON_DEMAND));
  }

  @Test
  void deniedScoresAreUnknownAndNeverZero() {
    for (String size : List.of("2xlarge", "4xlarge")) {
      account.region.machine(
          dev.windfall.kind.ec2.Machine.nvidia("g6." + size, 8, 32, 1, "L4", 24576));
    }
    account.region.score("euc1-az2", 9);
    account.ec2.faults().always("GetSpotPlacementScores", Fault.denied());

    Quotes quotes = poll();

    assertTrue(Account.spot(quotes).placementScore().isEmpty());
    assertTrue(
        quotes.troubles().getFirst().contains("role needs ec2:GetSpotPlacementScores"),
        quotes.troubles()::toString);
  }

  /** One refused question once threw the answers to all others away. */
  @Test
  void aRefusedQuestionAboutScoresLeavesTheOthersAlone() {
    threeOf("g5", "A10G");
    threeOf("g6", "L4");
    account.region.score("euc1-az2", 9).price("g5.xlarge", "eu-central-1a", "0.30");
    account.ec2.faults().next("GetSpotPlacementScores", refused());

    Quotes quotes = poll();

    assertEquals(
        List.of(
            "GetSpotPlacementScores fails with MaxConfigLimitExceeded for some questions; these"
                + " placement scores are unknown"),
        quotes.troubles());
    assertEquals(OptionalInt.of(9), Account.spot(quotes).placementScore());
    assertEquals(
        OptionalInt.empty(),
        Account.find(quotes, "eu-central-1a", "g5.xlarge", Capacity.SPOT)
            .orElseThrow()
            .placementScore());
  }

  /** It once stayed for ever. */
  @Test
  void aScoreThatCannotBeAskedAgainHoldsForADay() {
    threeOf("g6", "L4");
    account.region.score("euc1-az2", 9);
    Quotes _ = poll();
    account.ec2.faults().always("GetSpotPlacementScores", refused());

    account.pass(Duration.ofHours(24).minusSeconds(1));
    assertEquals(OptionalInt.of(9), Account.spot(poll()).placementScore());
    account.pass(Duration.ofSeconds(1));
    assertEquals(OptionalInt.empty(), Account.spot(poll()).placementScore());
  }

  @Test
  void whoMayNotAskForScoresAsksOnceAndNotForEachModel() {
    threeOf("g5", "A10G");
    threeOf("g6", "L4");
    account.ec2.faults().always("GetSpotPlacementScores", Fault.denied());
    for (int minute = 0; minute < 5; minute++) {
      Quotes _ = poll();
      account.pass(Duration.ofMinutes(1));
    }

    assertEquals(1, account.ec2.requests("GetSpotPlacementScores").size());
  }

  private void threeOf(String family, String model) {
    for (String size : List.of("xlarge", "2xlarge", "4xlarge")) {
      account.region.machine(
          dev.windfall.kind.ec2.Machine.nvidia(family + "." + size, 4, 16, 1, model, 24576));
    }
  }

  private static Fault refused() {
    return Fault.error(400, "MaxConfigLimitExceeded", "Too many questions.");
  }

  @Test
  void withoutTheTypesThereIsNoOfferAndTheRightIsNamed() {
    account.ec2.faults().always("DescribeInstanceTypes", Fault.denied());

    assertEquals(
        "DescribeInstanceTypes is denied; Windfall's role needs ec2:DescribeInstanceTypes,"
            + " statement WindfallReadsMachines of deploy/aws/policy.json; no machine is known",
        failure());
  }

  @Test
  void whichRightsAreDeniedIsKnownByName() {
    account.ec2.faults().always("GetProducts", Fault.denied());
    account.ec2.faults().always("DescribeCapacityReservations", Fault.denied());

    assertEquals(
        Set.of("ec2:DescribeCapacityReservations", "pricing:GetProducts"), poll().denied());
  }

  /** What the role allows does not count there, so nobody should be sent to add to it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "with an explicit deny in a service control policy:"
            + " arn:aws:organizations::111122223333:policy/o-1/p-1| an explicit deny in a service"
            + " control policy forbids pricing:GetProducts, whatever else allows it",
        "with an explicit deny in an identity-based policy"
            + "| an explicit deny in an identity-based policy forbids pricing:GetProducts, whatever"
            + " else allows it",
        "because no permissions boundary allows the pricing:GetProducts action"
            + "| no permissions boundary allows pricing:GetProducts, and Windfall's role alone"
            + " cannot",
        "because no identity-based policy allows the pricing:GetProducts action"
            + "| Windfall's role needs pricing:GetProducts, statement WindfallReadsListPrices of"
            + " deploy/aws/policy.json",
      })
  void thePolicyThatForbidsIsNamedByItsKind(String because, String advice) {
    String user = "User: arn:aws:sts::111122223333:assumed-role/windfall/1700000000 is";
    account
        .ec2
        .faults()
        .always(
            "GetProducts",
            Fault.error(
                400,
                "AccessDeniedException",
                user + " not authorized to perform: pricing:GetProducts " + because));

    String trouble = String.join("\n", poll().troubles());

    assertTrue(trouble.startsWith("GetProducts is denied; " + advice + "; "), trouble);
    assertFalse(trouble.contains("111122223333"), trouble);
  }

  /** EC2 sends the decision with it, some thousand letters long. */
  @Test
  void theEncodedDecisionIsNotRepeated() {
    account
        .ec2
        .faults()
        .always(
            "DescribeCapacityReservations",
            Fault.error(
                403,
                "UnauthorizedOperation",
                "You are not authorized to perform this operation. Encoded authorization failure"
                    + " message: "
                    + "Zm9v".repeat(500)));

    assertEquals(
        List.of(
            "DescribeCapacityReservations is denied; Windfall's role needs"
                + " ec2:DescribeCapacityReservations, statement WindfallReadsReservations of"
                + " deploy/aws/policy.json; reserved capacity is not offered"),
        poll().troubles());
  }

  /** Between two attempts it was once taken for an outage. */
  @Test
  void aDeniedQuestionIsNotAskedEveryMinuteAndNotForgottenEither() {
    account.ec2.faults().always("DescribeSpotPriceHistory", Fault.denied());
    for (int minute = 0; minute < 5; minute++) {
      assertEquals(1, poll().troubles().size());
      account.pass(Duration.ofMinutes(1));
    }
    assertEquals(1, account.ec2.requests("DescribeSpotPriceHistory").size());
    account.ec2.faults().clear();

    assertEquals("0.40", Account.spot(poll()).usdPerHour().toString());
  }

  @Test
  void oneThrottledCallIsRepeatedAndNobodyNotices() {
    account.ec2.faults().next("DescribeSpotPriceHistory", Fault.throttled());

    assertEquals(List.of(), poll().troubles());
    assertEquals(2, account.ec2.requests("DescribeSpotPriceHistory").size());
  }

  @Test
  void throttledForGoodTheLastPricesStayAndAge() {
    Quotes before = poll();
    account.pass(Duration.ofMinutes(5));
    account.ec2.faults().always("DescribeSpotPriceHistory", Fault.throttled());

    Quotes after = poll();

    assertEquals(
        List.of(
            "DescribeSpotPriceHistory is throttled (RequestLimitExceeded); what it said last"
                + " stays in force"),
        after.troubles());
    assertEquals(Account.spot(before), Account.spot(after));
    assertEquals(Optional.of(Account.START), Account.spot(after).observedAt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"DescribeInstanceTypes", "DescribeInstanceTypeOfferings", "GetProducts"})
  void whatWasKnownOfADayAgoOutlivesAFailure(String call) {
    Quotes before = poll();
    account.pass(Duration.ofDays(2));
    account.ec2.faults().always(call, Fault.error(500, "InternalError", "An error occurred."));

    Quotes after = poll();

    assertEquals(keys(before), keys(after));
    assertEquals(
        List.of(call + " fails with InternalError; what it said last stays in force"),
        after.troubles());
  }

  @Test
  void typesThatVanishAllAtOnceAreNotBelieved() {
    Quotes before = poll();
    account.pass(Duration.ofDays(2));
    account
        .ec2
        .faults()
        .always("DescribeInstanceTypes", Fault.body(empty("DescribeInstanceTypes")));

    assertEquals(keys(before), keys(poll()));
  }

  /** It once confirmed every price, so that none of them ever got too old. */
  @Test
  void anEmptyHistoryConfirmsNoPrice() {
    Quotes before = poll();
    account.pass(Duration.ofMinutes(5));
    account
        .ec2
        .faults()
        .always("DescribeSpotPriceHistory", Fault.body(empty("DescribeSpotPriceHistory")));

    Quotes after = poll();

    assertEquals(Account.spot(before), Account.spot(after));
    assertEquals(
        List.of(
            "DescribeSpotPriceHistory gives no price, where it gave some before; what it said last"
                + " stays in force"),
        after.troubles());
  }

  @Test
  void aHistoryWithoutAPlaceDoesNotConfirmItsPrice() {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(1));
    account
        .ec2
        .faults()
        .next(
            "DescribeSpotPriceHistory",
            Fault.body(history("eu-central-1b", "0.5000", Account.START)));

    Quotes after = poll();

    assertEquals(Optional.of(Account.START), Account.spot(after).observedAt());
    assertEquals(
        Optional.of(account.now()),
        Account.find(after, "eu-central-1b", "g6.xlarge", Capacity.SPOT)
            .flatMap(Offer::observedAt));
  }

  /** What was held of it was once taken for the second sight of it. */
  @ParameterizedTest
  @CsvSource({"0.01, 0.40", "40.00, 40.00"})
  void aPriceOfOneWrongAnswerIsForgottenWithTheNext(String wrong, String meanwhile) {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(1));
    account
        .ec2
        .faults()
        .next(
            "DescribeSpotPriceHistory", Fault.body(history("eu-central-1a", wrong, account.now())));

    assertEquals(meanwhile, Account.spot(poll()).usdPerHour().toString());
    for (int poll = 0; poll < 3; poll++) {
      account.pass(Duration.ofMinutes(1));
      assertEquals("0.40", Account.spot(poll()).usdPerHour().toString());
    }
  }

  @Test
  void aHistoryThatBreaksOffIsNotTakenInPart() {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(5));
    account.region.price("g6.xlarge", "eu-central-1a", "0.44");
    account.ec2.pageSize(1);
    account.ec2.faults().next("DescribeSpotPriceHistory", Fault.none());
    account.ec2.faults().always("DescribeSpotPriceHistory", Fault.cut());

    assertEquals(
        "DescribeSpotPriceHistory cannot be reached (IOException); what it said last stays in"
            + " force",
        failure());
    account.ec2.faults().clear();
    account.pass(Duration.ofDays(1));

    Offer after = Account.spot(poll());
    assertEquals("0.44", after.usdPerHour().toString());
    assertEquals(Optional.of(account.now()), after.observedAt());
  }

  /** With what the first page said taken, it would count as confirmed, and the rest as well. */
  @Test
  void theFirstPageOfAHistoryThatBreaksOffIsForgotten() {
    account.ec2.pageSize(1);
    account.ec2.faults().next("DescribeSpotPriceHistory", Fault.none());
    account.ec2.faults().always("DescribeSpotPriceHistory", Fault.throttled());

    assertTrue(poll().offers().stream().noneMatch(one -> one.key().capacity() == Capacity.SPOT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not XML",
        "<DescribeSpotPriceHistoryResponse><spotPriceHistorySet><item><spotPrice>0.1",
        "<html><body>Sign in to the network</body></html>",
      })
  void anAnswerThatIsNoneIsAFailureOfThatCallAlone(String body) {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(5));
    account.ec2.faults().always("DescribeSpotPriceHistory", Fault.body(body));

    assertEquals("0.40", Account.spot(poll()).usdPerHour().toString());
  }

  @Test
  void anAnswerThatDoesNotEndIsGivenUp() {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(5));
    account
        .ec2
        .faults()
        .always(
            "DescribeSpotPriceHistory",
            Fault.body(
                empty("DescribeSpotPriceHistory")
                    .replace("</Desc", "<nextToken>1</nextToken></Desc")));

    assertEquals(
        List.of(
            "DescribeSpotPriceHistory gives page after page and does not end; what it said last"
                + " stays in force"),
        poll().troubles());
  }

  @Test
  void aSlowAnswerIsGivenUpAndTheRegionIsAskedNothingElse() {
    source = account.source(Account.REGION, Duration.ofMillis(200));
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(5));
    account.ec2.forgetRequests();
    account.ec2.faults().always("DescribeSpotPriceHistory", Fault.held(held));

    assertEquals(
        "DescribeSpotPriceHistory gives no answer in time; what it said last stays in force",
        failure());
    assertEquals(0, account.ec2.requests("DescribeCapacityReservations").size());
  }

  @Test
  void anEndpointThatIsGoneIsAFailureOfTheSource() {
    Quotes _ = poll();
    account.pass(Duration.ofMinutes(1));
    account.ec2.close();

    assertEquals(
        "DescribeSpotPriceHistory cannot be reached (ConnectException); what it said last stays"
            + " in force",
        failure());
  }

  @ParameterizedTest
  @CsvSource({
    "400, ExpiredToken, ExpiredToken",
    "403, SignatureDoesNotMatch, SignatureDoesNotMatch",
    // As EC2 answers, and as the JDK's HTTP client lets it through.
    "401, AuthFailure, status 401",
  })
  void credentialsThatAreNotBelievedAreSaidSo(int status, String code, String shown) {
    account.ec2.faults().always("*", Fault.error(status, code, "AWS was not able to validate"));

    assertEquals(
        "DescribeInstanceTypes is refused, since AWS does not accept the credentials (%s); no machine is known"
            .formatted(shown),
        failure());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "Not authorized to perform sts:AssumeRoleWithWebIdentity (Service: Sts, Status Code: 403)|,"
            + " since AWS does not give the role to Windfall's service account; compare the role's"
            + " trust policy with deploy/aws/trust-irsa.json",
        "Unable to load credentials from system settings."
            + "|\" without credentials; give Windfall's pod a role, or set AWS_PROFILE\"",
      })
  void whyThereAreNoCredentialsIsSaid(String why, String said) {
    AwsCredentialsProvider none =
        AwsCredentialsProviderChain.of(() -> {
          throw SdkClientException.create(why);
        });
    source.close();
    source = account.source(Account.REGION, Duration.ofSeconds(10), none);

    assertEquals(
        "DescribeInstanceTypes cannot be asked" + said + "; no machine is known", failure());
  }

  /** Each right of the role was once said to be missing, and that nothing would change soon. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "AccessDenied|, since AWS does not give the role to Windfall's service account; compare the"
            + " role's trust policy with deploy/aws/trust-irsa.json",
        "IDPCommunicationError|\", since AWS gives no credentials (IDPCommunicationError)\"",
      })
  void aRoleThatIsNoLongerGivenDeniesNoRight(String code, String said) {
    AtomicBoolean given = new AtomicBoolean(true);
    AwsCredentialsProvider renewed =
        () -> {
          if (given.get()) {
            return AwsBasicCredentials.create(Account.KEY_ID, Account.SECRET);
          }
          throw AwsServiceException.builder()
              .statusCode(403)
              .awsErrorDetails(
                  AwsErrorDetails.builder()
                      .serviceName("Sts")
                      .errorCode(code)
                      .errorMessage(
                          "Not authorized to perform sts:AssumeRoleWithWebIdentity on"
                              + " arn:aws:iam::111122223333:role/windfall")
                      .build())
              .build();
        };
    source.close();
    source =
        account.source(
            Account.REGION, Duration.ofSeconds(10), AwsCredentialsProviderChain.of(renewed));
    Quotes _ = poll();
    account.pass(Duration.ofDays(2));
    given.set(false);

    assertEquals(
        "DescribeSpotPriceHistory cannot be asked" + said + "; what it said last stays in force",
        failure());
  }

  /** Refusals quote what was signed, and by whom. */
  @Test
  void whatAwsRepeatsOfTheCredentialsGoesNoFurther() {
    String said = "Signature of " + Account.KEY_ID + " by " + Account.SECRET + " does not match";
    account.ec2.faults().always("GetProducts", Fault.error(400, "SomethingElse", said));
    account
        .ec2
        .faults()
        .always("ListServiceQuotas", Fault.error(403, "SignatureDoesNotMatch", said));

    String troubles = poll().troubles().toString();

    assertTrue(troubles.contains("GetProducts fails with SomethingElse"), troubles);
    assertFalse(troubles.contains(Account.KEY_ID), troubles);
    assertFalse(troubles.contains(Account.SECRET), troubles);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[", "{\"spot_advisor\": {\"eu-central-1\": []}}", ""})
  void anAdvisorThatSaysNothingUsefulLeavesBandsUnknown(String body) {
    account.ec2.faults().always("/spot-advisor-data.json", Fault.body(body));

    Quotes quotes = poll();

    assertEquals(Optional.empty(), Account.spot(quotes).interruption());
    assertEquals(1, quotes.troubles().size(), quotes.troubles()::toString);
  }

  private static List<String> keys(Quotes quotes) {
    return quotes.offers().stream().map(Offer::key).map(Object::toString).sorted().toList();
  }

  private static String history(String zone, String usd, Instant at) {
    return """
    <DescribeSpotPriceHistoryResponse><spotPriceHistorySet><item>
    <instanceType>g6.xlarge</instanceType><productDescription>Linux/UNIX</productDescription>
    <spotPrice>%s</spotPrice><timestamp>%s</timestamp>
    <availabilityZone>%s</availabilityZone>
    </item></spotPriceHistorySet></DescribeSpotPriceHistoryResponse>
    """
        .formatted(usd, at, zone);
  }

  private static String empty(String action) {
    return "<" + action + "Response><requestId>1</requestId></" + action + "Response>";
  }
}

package dev.windfall.kind.ec2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes over the wire, without an SDK that might forgive. */
class LocalEc2Test {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  private final LocalEc2 ec2 = LocalEc2.start(() -> NOW);
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void region() {
    ec2.region("eu-central-1")
        .price("g6.xlarge", "eu-central-1a", "0.40", NOW.minusSeconds(7200))
        .price("g6.xlarge", "eu-central-1a", "0.41", NOW.minusSeconds(60))
        .price("g5.xlarge", "eu-central-1a", "0.50", NOW.minusSeconds(7200));
  }

  @AfterEach
  void close() {
    http.close();
    ec2.close();
  }

  private HttpResponse<String> ask(String form) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(ec2.uri())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-central-1/ec2/aws4_request,"
                    + " SignedHeaders=host, Signature=0")
            .POST(BodyPublishers.ofString(form))
            .build();
    return http.send(request, BodyHandlers.ofString());
  }

  private static List<String> prices(String xml) {
    return java.util.regex.Pattern.compile("<spotPrice>([^<]*)<")
        .matcher(xml)
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  @Test
  void aHistoryHasTheChangesSinceThenAndThePricesInForceThen() throws Exception {
    String answer = ask("Action=DescribeSpotPriceHistory&StartTime=2026-11-21T09:00:00Z").body();

    assertEquals(List.of("0.41", "0.40", "0.50"), prices(answer));
    assertTrue(answer.contains("<timestamp>2026-11-21T09:59:00Z</timestamp>"), answer);
    assertTrue(answer.contains("<nextToken></nextToken>"), answer);
  }

  @Test
  void aPageSaysWhereTheNextOneBegins() throws Exception {
    ec2.pageSize(2);
    String form = "Action=DescribeSpotPriceHistory&StartTime=2026-11-21T09:00:00Z";
    String first = ask(form).body();
    String second = ask(form + "&NextToken=2").body();

    assertTrue(first.contains("<nextToken>2</nextToken>"), first);
    assertEquals(List.of("0.41", "0.40"), prices(first));
    assertEquals(List.of("0.50"), prices(second));
    assertEquals(400, ask(form + "&NextToken=none").statusCode());
  }

  @Test
  void anErrorIsWhatEc2WouldSay() throws Exception {
    ec2.faults().next("DescribeInstanceTypes", Fault.throttled());

    HttpResponse<String> refused = ask("Action=DescribeInstanceTypes");

    assertEquals(503, refused.statusCode());
    assertTrue(refused.body().contains("<Code>RequestLimitExceeded</Code>"), refused.body());
    assertEquals(200, ask("Action=DescribeInstanceTypes").statusCode());
  }

  @Test
  void anActionItDoesNotKnowIsRefused() throws Exception {
    assertTrue(ask("Action=RunInstances").body().contains("<Code>InvalidAction</Code>"));
  }

  @Test
  void anAnswerThatIsCutDoesNotEndWell() {
    ec2.faults().next("*", Fault.cut());

    assertThrows(
        IOException.class,
        () -> ask("Action=DescribeSpotPriceHistory&StartTime=2026-11-21T09:00:00Z"));
  }

  @Test
  void anotherRegionsClockAndPricesAreItsOwn() throws Exception {
    HttpResponse<String> answer =
        ask("Action=DescribeSpotPriceHistory&StartTime=2026-11-21T09:00:00Z");

    assertEquals("Sat, 21 Nov 2026 10:00:00 GMT", answer.headers().firstValue("Date").orElse(""));
    assertEquals("eu-central-1", ec2.requests().getFirst().region());
    assertEquals(List.of(), ec2.region("us-west-2").prices());
  }

  @Test
  void theAdvisorsFileNamesTheBandsOfEachRegion() throws Exception {
    ec2.region("eu-central-1").advised("g6.xlarge", 4);

    URI advisor = ec2.advisor();
    String file =
        http.send(HttpRequest.newBuilder(advisor).build(), BodyHandlers.ofString()).body();

    assertTrue(file.contains("\"eu-central-1\":{\"Linux\":{\"g6.xlarge\":{\"s\":60,\"r\":4}}}"));
  }
}

package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeedsTest {
  /** Letters: c container, i init container, s sidecar; a digit is its processors. */
  @ParameterizedTest
  @CsvSource({
    "c2, 2",
    "c2 c1, 3",
    "c2 i5, 5",
    "c2 i5 i6, 6",
    "c2 s1, 3",
    "c2 s1 i5, 6",
    "c2 i5 s1, 5",
    "c2 s1 s1 i1, 4"
  })
  void containersAndSidecarsAddUpAndInitContainersTakeTheirPlace(String containers, int processors)
      throws IOException {
    List<String> main = new ArrayList<>();
    List<String> init = new ArrayList<>();
    for (String one : containers.split(" ", -1)) {
      String resources =
          "\"resources\":{\"requests\":{\"cpu\":\"%s\"}}".formatted(one.substring(1));
      switch (one.charAt(0)) {
        case 'c' -> main.add("{" + resources + "}");
        case 'i' -> init.add("{" + resources + "}");
        default -> init.add("{\"restartPolicy\":\"Always\"," + resources + "}");
      }
    }

    Needs needs =
        needs(
            "\"containers\":%s,\"initContainers\":%s".formatted(main.toString(), init.toString()));

    assertEquals(new Needs(processors * 1_000L, 0), needs);
  }

  @ParameterizedTest
  @CsvSource({
    "500m, 500",
    "0.5, 500",
    "2, 2000",
    "1e1, 10000",
    "100u, 1",
    "'', 0",
    "-1, 0",
    "many, 0",
    "1234567890123456789E, 1152921504606846976"
  })
  void processorsAreCountedInThousandths(String cpu, long milliCpu) throws IOException {
    assertEquals(
        new Needs(milliCpu, 0),
        needs("\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"%s\"}}}]".formatted(cpu)));
  }

  @Test
  void aNumberIsReadAsTextIs() throws IOException {
    assertEquals(
        new Needs(2_000, 5L << 30),
        needs("\"containers\":[{\"resources\":{\"requests\":{\"cpu\":2,\"memory\":5368709120}}}]"));
  }

  @Test
  void aLimitCountsWhereNoRequestStands() throws IOException {
    assertEquals(
        new Needs(1_000, 4L << 30),
        needs(
            """
            "containers":[{"resources":{"requests":{"cpu":"1"},"limits":{"cpu":"8","memory":"4Gi"}}}]
            """));
  }

  @Test
  void whatThePodSaysOfItsContainersTogetherCountsInPlaceOfTheirs() throws IOException {
    assertEquals(
        new Needs(6_000, 3L << 30),
        needs(
            """
            "resources":{"requests":{"cpu":"6"}},
            "containers":[{"resources":{"requests":{"cpu":"1","memory":"3Gi"}}}]
            """));
  }

  @Test
  void theOverheadOfItsRuntimeIsAdded() throws IOException {
    assertEquals(
        new Needs(1_250, (3L << 30) + (120L << 20)),
        needs(
            """
            "overhead":{"cpu":"250m","memory":"120Mi"},
            "containers":[{"resources":{"requests":{"cpu":"1","memory":"3Gi"}}}]
            """));
  }

  @Test
  void whatIsLeftIsNeverLessThanNone() {
    assertEquals(new Needs(0, 5), new Needs(1_000, 10).minus(new Needs(2_000, 5)));
    assertTrue(new Needs(1, 1).within(new Needs(1, 1)));
    assertFalse(new Needs(2, 1).within(new Needs(1, 1)));
    assertFalse(new Needs(1, 2).within(new Needs(1, 1)));
  }

  private static Needs needs(String spec) throws IOException {
    try (JsonParser json = new JsonFactory().createParser("{\"spec\":{" + spec + "}}")) {
      json.nextToken();
      return Pod.read(json).needs();
    }
  }
}

package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.BOOK;
import static dev.windfall.webhook.Markets.book;
import static dev.windfall.webhook.Markets.market;
import static dev.windfall.webhook.Markets.offer;
import static dev.windfall.webhook.Pods.admitted;
import static dev.windfall.webhook.Pods.json;
import static dev.windfall.webhook.Pods.mutate;
import static dev.windfall.webhook.Pods.pod;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.PriceBook;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariant 6, for admission: what was settled is not judged again. */
class IdempotenceTest {
  private static final PriceBook CHEAPER = book(offer("eu-central-1c.g5.xlarge.spot", 1, "0.05"));
  private static final PriceBook DEARER = book(offer("eu-central-1a.g6.xlarge.spot", 1, "9"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'windfall.dev/spot':'prefer'",
        "'windfall.dev/spot':'require'",
        "'windfall.dev/spot':'never'",
        "'windfall.dev/spot':'prefer','windfall.dev/max-price-per-gpu':'0.80'",
        "'windfall.dev/spot':'require','windfall.dev/max-price-per-gpu':'0.30'",
      })
  void anAdmittedPodGetsNoPatchFromAnyBook(String wish) {
    ObjectNode once = admitted(pod(wish), market(BOOK));

    for (PriceBook book : List.of(BOOK, CHEAPER, DEARER, PriceBook.empty())) {
      assertEquals(json("{'p':[]}").get("p"), mutate(once, market(book)).patch());
    }
  }

  @Test
  void aPodThatLosesItsTolerationsOnTheWayGetsThemBackAndKeepsItsOffers() {
    ObjectNode once =
        admitted(
            pod("'windfall.dev/spot':'prefer','windfall.dev/max-price-per-gpu':'0.80'"),
            market(BOOK));
    ObjectNode stripped = once.deepCopy();
    ((ObjectNode) stripped.get("spec")).remove("tolerations");

    ObjectNode again = admitted(stripped, market(DEARER));

    assertEquals(once.get("spec"), again.get("spec"));
  }

  @Test
  void offersThatTheUserNamedAreLeft() {
    ObjectNode pod =
        pod(
            "'windfall.dev/spot':'require','windfall.dev/max-price-per-gpu':'0.01'",
            "'nodeSelector':{'windfall.dev/offer':'eu-central-1a.g6.xlarge.spot'},");

    ObjectNode admitted = admitted(pod, market(BOOK));

    assertEquals(true, admitted.at("/spec/schedulingGates").isMissingNode());
    assertEquals(true, admitted.at("/spec/affinity").isMissingNode());
  }
}

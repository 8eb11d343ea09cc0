package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NamedOffersTest {
  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  private static ObjectNode terms(String... terms) throws IOException {
    return json(
        "{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
            + "{'nodeSelectorTerms':["
            + String.join(",", terms)
            + "]}}}}");
  }

  private static String term(String... offers) {
    return "{'matchExpressions':[{'key':'team','operator':'Exists'},{'key':'windfall.dev/offer',"
        + "'operator':'In','values':['"
        + String.join("','", offers)
        + "']}]}";
  }

  @Test
  void aPodNamesOffersWhenEachOfItsTermsDoes() throws IOException {
    assertEquals(
        Optional.of(List.of("a", "b", "c")), NamedOffers.in(terms(term("c", "a"), term("b"))));
    assertEquals(
        Optional.empty(),
        NamedOffers.in(
            terms(term("a"), "{'matchExpressions':" + "[{'key':'team','operator':'Exists'}]}")));
    assertEquals(Optional.empty(), NamedOffers.in(json("{}")));
  }

  @Test
  void aNodeSelectorNamesOne() throws IOException {
    assertEquals(
        Optional.of(List.of("a")),
        NamedOffers.in(json("{'nodeSelector':{'windfall.dev/offer':'a'}}")));
  }

  @Test
  void offersAreTakenOutOfEachTermAndTheRestStays() throws IOException {
    ObjectNode spec = terms(term("a", "b"), term("b", "c"));

    assertTrue(NamedOffers.without(spec, "b"::equals));
    assertEquals(terms(term("a"), term("c")), spec);
  }

  @Test
  void whereATermWouldNameNoneNothingIsChanged() throws IOException {
    ObjectNode spec = terms(term("a", "b"), term("b"));

    assertFalse(NamedOffers.without(spec, "b"::equals));
    assertEquals(terms(term("a", "b"), term("b")), spec);
  }
}

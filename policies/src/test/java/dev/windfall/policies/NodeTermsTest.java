package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which offers a pod's own selector and affinity allow. */
class NodeTermsTest {
  private static final Map<String, String> OFFER =
      Map.of(
          "topology.kubernetes.io/zone", "a",
          "node.kubernetes.io/instance-type", "g6.xlarge",
          "karpenter.sh/capacity-type", "spot",
          "kubernetes.io/arch", "amd64");

  private static NodeTerms own(String spec) throws IOException {
    String pod = "{\"spec\":" + spec.replace('\'', '"') + "}";
    try (JsonParser parser = new JsonFactory().createParser(pod)) {
      parser.nextToken();
      return Pod.read(parser).own();
    }
  }

  private static NodeTerms required(String terms) throws IOException {
    return own(
        "{'affinity':{'podAffinity':{'x':[]},'nodeAffinity':{'preferredDuringScheduling"
            + "IgnoredDuringExecution':[{'weight':1}],'requiredDuringSchedulingIgnoredDuring"
            + "Execution':"
            + terms
            + "}}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {'topology.kubernetes.io/zone':'a'}                                 | true
          {'topology.kubernetes.io/zone':'b'}                                 | false
          {'topology.kubernetes.io/zone':'a','kubernetes.io/arch':'arm64'}    | false
          {'team':'research'}                                                 | true
          {}                                                                  | true
          null                                                                | true
          """)
  void aSelectorAllows(String selector, boolean allowed) throws IOException {
    assertEquals(allowed, own("{'nodeSelector':" + selector + "}").allow(OFFER::get));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          [{'matchExpressions':[{'key':'topology.kubernetes.io/zone','operator':'In','values':['a','b']}]}]   | true
          [{'matchExpressions':[{'key':'topology.kubernetes.io/zone','operator':'In','values':['b']}]}]       | false
          [{'matchExpressions':[{'key':'topology.kubernetes.io/zone','operator':'NotIn','values':['a']}]}]    | false
          [{'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'Exists'}]}]                   | true
          [{'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'DoesNotExist'}]}]             | false
          [{'matchExpressions':[{'key':'windfall.dev/offer','operator':'DoesNotExist'}]}]                     | true
          [{'matchExpressions':[{'key':'karpenter.k8s.aws/instance-cpu','operator':'Gt','values':['4']}]}]    | true
          [{'matchExpressions':[{'key':'topology.kubernetes.io/zone','operator':'In','values':['b']}]},{'matchExpressions':[{'key':'kubernetes.io/arch','operator':'In','values':['amd64']}]}] | true
          [{'matchExpressions':[{'key':'topology.kubernetes.io/zone','operator':'In','values':['a']},{'key':'kubernetes.io/arch','operator':'In','values':['arm64']}]}] | false
          [{'matchFields':[{'key':'metadata.name','operator':'In','values':['n']}]}]                          | true
          [{}]                                                                                                | false
          [{'matchExpressions':[]}]                                                                           | false
          []                                                                                                  | false
          null                                                                                                | false
          """)
  void requiredTermsAllow(String terms, boolean allowed) throws IOException {
    assertEquals(allowed, required("{'nodeSelectorTerms':" + terms + "}").allow(OFFER::get));
  }

  @Test
  void bothHaveToHold() throws IOException {
    NodeTerms terms =
        own(
            "{'nodeSelector':{'kubernetes.io/arch':'arm64'},'affinity':{'nodeAffinity':{'required"
                + "DuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[{'matchExpressions':"
                + "[{'key':'topology.kubernetes.io/zone','operator':'In','values':['a']}]}]}}}}");

    assertEquals(false, terms.allow(OFFER::get));
  }

  @Test
  void aPodThatRequiresNothingOfAnOfferAllowsAny() throws IOException {
    assertSame(NodeTerms.ANY, own("{'affinity':null}"));
    assertSame(NodeTerms.ANY, required("null"));
    assertSame(
        NodeTerms.ANY,
        required(
            "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'team','operator':'Exists'}]}]}"));
  }

  /** A pod with 190,000 zones took seconds of everybody's admissions. */
  @Test
  void aPodThatListsAThousandValuesIsNotComparedWithOffers() throws IOException {
    String many =
        IntStream.range(0, 1_000).mapToObj(i -> "'z" + i + "'").collect(Collectors.joining(","));
    String term =
        "[{'matchExpressions':[{'key':'topology.kubernetes.io/zone','operator':'In','values':[%s]}]}]";

    assertSame(NodeTerms.ANY, required("{'nodeSelectorTerms':" + term.formatted(many) + "}"));
    assertEquals(
        false,
        required(
                "{'nodeSelectorTerms':" + term.formatted(many.replaceAll(",'z[0-9]{3}'", "")) + "}")
            .allow(OFFER::get));
  }

  @Test
  void ofAPodThatIsBoundNobodyAsks() throws IOException {
    assertSame(
        NodeTerms.ANY, own("{'nodeSelector':{'topology.kubernetes.io/zone':'b'},'nodeName':'n'}"));
  }
}

package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.BOOK;
import static dev.windfall.webhook.Markets.market;
import static dev.windfall.webhook.Pods.admitted;
import static dev.windfall.webhook.Pods.json;
import static dev.windfall.webhook.Pods.mutate;
import static dev.windfall.webhook.Pods.pod;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pods that somebody else places are let onto the rungs, and held to nothing. */
class OtherSystemTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          Kueue                      | {'metadata':{'labels':{'kueue.x-k8s.io/queue-name':'q'}}}
          Kueue                      | {'metadata':{'labels':{'kueue.x-k8s.io/podset':'main'}}}
          Kueue                      | {'spec':{'schedulingGates':[{'name':'kueue.x-k8s.io/admission'}]}}
          its pod group              | {'metadata':{'labels':{'scheduling.x-k8s.io/pod-group':'g'}}}
          its pod group              | {'metadata':{'labels':{'pod-group.scheduling.sigs.k8s.io':'g'}}}
          its pod group              | {'metadata':{'annotations':{'scheduling.k8s.io/group-name':'g'}}}
          its pod group              | {'spec':{'workloadRef':{'name':'w','podGroup':'g'}}}
          its pod group              | {'spec':{'schedulingGroup':{'podGroupName':'g'}}}
          scheduler volcano          | {'spec':{'schedulerName':'volcano'}}
          scheduler another          | {'spec':{'schedulerName':'another'}}
          HAMi                       | {'spec':{'containers':[{'resources':{'limits':{'nvidia.com/gpu':'1','nvidia.com/gpumem':'3000'}}}]}}
          """)
  void itsPodsGetTheTolerationsOnly(String system, String marks) throws IOException {
    ObjectNode pod = pod("'windfall.dev/spot':'require','windfall.dev/max-price-per-gpu':'0.01'");
    Json.MAPPER.readerForUpdating(pod).readValue(json(marks).toString());
    Mutation.Market market = Markets.assigning("gpu-scheduler", true);

    ObjectNode admitted = admitted(pod, market);

    assertEquals(
        List.of(
            system
                + " places this pod; not enforced: windfall.dev/spot \"require\","
                + " windfall.dev/max-price-per-gpu"),
        mutate(pod, market).warnings());
    assertEquals(2, admitted.at("/spec/tolerations").size());
    ObjectNode rest = admitted.deepCopy();
    ((ObjectNode) rest.get("spec")).remove("tolerations");
    assertEquals(pod.get("spec"), rest.get("spec"));
  }

  /** Tolerating the rungs would only open spot nodes to a pod that must not run there. */
  @Test
  void neverLeavesItsPodsAsTheyAre() {
    ObjectNode pod = pod("'windfall.dev/spot':'never'", "'workloadRef':{'name':'w'},");

    Mutation mutation = mutate(pod, market(BOOK));

    assertTrue(mutation.patch().isEmpty());
    assertEquals(
        List.of("its pod group places this pod; not enforced: windfall.dev/spot \"never\""),
        mutation.warnings());
  }
}

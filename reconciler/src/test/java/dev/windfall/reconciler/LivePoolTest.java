package dev.windfall.reconciler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.SpotPool;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class LivePoolTest {

  @Test
  void whatCannotBeReadOrIsBeingDeletedBuysNothing() throws IOException {
    // Admission still counted on a pool that was being deleted.
    LivePool good = pool("'name': 'good'", "");
    LivePool first = pool("'name': 'first'", "");
    LivePool unreadable = pool("'name': 'unreadable'", ", 'maxZones': 'many'");
    LivePool leaving = pool("'name': 'leaving', 'deletionTimestamp': '2026-11-20T10:00:00Z'", "");

    assertEquals(
        List.of("first", "good"),
        LivePool.buying(List.of(good, first, unreadable, leaving)).stream()
            .map(SpotPool::name)
            .toList());
  }

  private static LivePool pool(String metadata, String spec) throws IOException {
    String json =
        """
        {'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool', 'metadata': {%s},
         'spec': {'provider': 'aws', 'region': 'eu-central-1',
           'nodeClassRef': {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': 'gpu'}%s}}
        """
            .formatted(metadata, spec);
    return LivePool.of((ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"')));
  }
}

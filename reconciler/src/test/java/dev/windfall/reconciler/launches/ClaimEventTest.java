package dev.windfall.reconciler.launches;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClaimEventTest {
  private static @Nullable ClaimEvent read(String kind, String reason, String note)
      throws IOException {
    String json =
        """
        {'metadata': {'name': 'e1', 'namespace': 'default', 'managedFields': [{}]},
         'regarding': {'kind': '%s', 'name': 'gpu-x-abcde'}, 'reason': '%s', 'note': '%s',
         'eventTime': null, 'deprecatedLastTimestamp': '2026-11-20T10:00:00Z'}
        """
            .formatted(kind, reason, note);
    try (JsonParser parser = new JsonFactory().createParser(json.replace('\'', '"'))) {
      parser.nextToken();
      return ClaimEvent.read(parser);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "InsufficientCapacityError, all requested instance types were unavailable, NO_CAPACITY",
    "InsufficientCapacityError, with fleet error(s) MaxSpotInstanceCountExceeded: Max spot,"
        + " OVER_QUOTA",
    "InsufficientCapacityError, with fleet error(s) VcpuLimitExceeded: You have, OVER_QUOTA",
    "InsufficientCapacityError, VcpuLimitExceeded InsufficientInstanceCapacity, NO_CAPACITY",
    "NodeClassNotReady, it is not, NOT_TRIED",
    "SpotInterrupted, taken, INTERRUPTED"
  })
  void whatItSaysIsToldByItsReasonAndTheCodesInIt(String reason, String note, ClaimEvent.Kind kind)
      throws IOException {
    assertEquals(
        new ClaimEvent("e1", "gpu-x-abcde", kind, Instant.parse("2026-11-20T10:00:00Z")),
        read("NodeClaim", reason, note));
  }

  @Test
  void othersSayNothing() throws IOException {
    assertNull(read("NodeClaim", "Launched", ""));
    assertNull(read("Node", "SpotInterrupted", ""));
  }
}

package dev.windfall.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceTest {
  @Test
  void pathsFollowGroupAndScope() {
    assertEquals("/api/v1/pods", Resource.PODS.path());
    assertEquals("/api/v1/namespaces/a/pods/b", Resource.PODS.path(new Key("a", "b")));
    assertEquals("/apis/karpenter.sh/v1/nodepools/x", Resource.NODEPOOLS.path(Key.of("x")));
    assertEquals("/apis/events.k8s.io/v1/namespaces/a/events", Resource.EVENTS.path("a"));
  }

  @Test
  void aNamespaceThatIsMissingOrTooManyIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Resource.PODS.path(Key.of("b")));
    assertThrows(IllegalArgumentException.class, () -> Resource.NODES.path(new Key("a", "b")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/b", "a?b", "a%2fb", "a b", "a#b"})
  void aNameThatCouldLeadToAnotherPathIsRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> Key.of(name));
  }
}

package dev.windfall.reconciler.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.Optional;

/**
 * Carries out a plan. A node is read right before it is written, since its taints are written whole
 * and others write some too; the write loses if the node has moved since.
 */
final class Applier {
  private static final System.Logger LOG = System.getLogger(Applier.class.getName());

  private final LeaderWrites cluster;
  private final Events events;
  private final ReconcilerMetrics metrics;
  private final Evictions evictions;

  Applier(LeaderWrites cluster, Events events, ReconcilerMetrics metrics) {
    this.cluster = cluster;
    this.events = events;
    this.metrics = metrics;
    evictions = new Evictions(cluster, events, metrics);
  }

  /**
   * Carries out {@code plan}. A node that moved or went meanwhile is left to the next pass, and one
   * whose write is refused keeps no other waiting.
   *
   * @param outcome is told what came of evictions
   * @throws ClusterException when no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  void apply(Plan plan, Outcome outcome) {
    boolean givenBack = false;
    for (Action action : plan.actions()) {
      try {
        if (!(givenBack && action instanceof Action.GiveUp)) {
          givenBack |= apply(action, outcome);
        }
      } catch (ClusterException e) {
        if (e.status() == 0) {
          throw e;
        }
        boolean lost = e.isConflict() || e.isNotFound();
        // It may have been our own, of which the answer was lost.
        givenBack |= lost && action instanceof Action.GiveUp;
        LOG.log(lost ? Level.DEBUG : Level.WARNING, e.getMessage());
        if (!lost) {
          String why = Objects.requireNonNullElse(e.getMessage(), "refused");
          events.record(
              action.node().reference(), EventRecorder.Type.WARNING, "NodeWriteRefused", why);
        }
      }
    }
  }

  /** Whether it gave a machine back. */
  private boolean apply(Action action, Outcome outcome) {
    switch (action) {
      case Action.Retire retire -> did(retire, patched(retire, Applier::retire), "Retiring");
      case Action.Return back -> did(back, patched(back, Applier::back), "InUseAgain");
      case Action.Label label ->
          did(label, patched(label, node -> labelled(node, label)), "OfferLabelled");
      case Action.Replace replace -> {
        if (evictions.possible(replace, outcome)) {
          replace(replace);
        }
      }
      case Action.Evict evict -> {
        // By a look at the node itself: what it says is what whoever leads next goes on with.
        if (now(evict.node()).filter(Applier::isReplaced).isPresent()) {
          evictions.carryOut(evict, outcome);
        }
      }
      case Action.Spare spare ->
          did(spare, patched(spare, node -> spared(node, spare)), "NotReplaced");
      case Action.Suggest suggest -> {
        events.record(suggest.pool(), EventRecorder.Type.NORMAL, "WouldReplace", suggest.note());
        LOG.log(Level.INFO, suggest.note());
      }
      case Action.Warn warn -> warn(warn, warn.pool(), "NoGpus");
      case Action.GiveUp giveUp -> {
        return givenBack(giveUp);
      }
    }
    return false;
  }

  private boolean givenBack(Action.GiveUp giveUp) {
    boolean deleted = deleted(giveUp);
    if (deleted) {
      metrics.done(giveUp);
      warn(giveUp, giveUp.pool(), "NodeGivenBack");
    }
    return deleted;
  }

  private void replace(Action.Replace replace) {
    boolean written = patched(replace, node -> replaced(node, replace));
    did(replace, written, "Replacing");
    if (written) {
      String note = "node %s is emptied: %s".formatted(replace.node().name(), replace.note());
      events.record(replace.pool(), EventRecorder.Type.NORMAL, "Replacing", note);
      replace
          .pods()
          .forEach(pod ->
              events.record(
                  Evictions.about(pod), EventRecorder.Type.NORMAL, "Replacing", replace.note()));
    }
  }

  private void did(Action action, boolean written, String reason) {
    if (written) {
      metrics.done((Record) action);
      events.record(action.node().reference(), EventRecorder.Type.NORMAL, reason, action.note());
      LOG.log(Level.INFO, "node {0}: {1}", action.node().name(), action.note());
    }
  }

  private void warn(Action action, Optional<Reference> pool, String reason) {
    LOG.log(Level.WARNING, action.note());
    events.record(action.node().reference(), EventRecorder.Type.WARNING, reason, action.note());
    pool.ifPresent(
        about -> events.record(about, EventRecorder.Type.WARNING, reason, action.note()));
  }

  /** What to write of a node as it is now; empty where it is so already. */
  @FunctionalInterface
  private interface Change {
    Optional<ObjectNode> of(ObjectNode node);
  }

  private Optional<ObjectNode> now(LiveNode node) {
    return cluster
        .get(Resource.NODES, Key.of(node.name()))
        .filter(object -> object.at("/metadata/uid").asText().equals(node.uid()));
  }

  private boolean patched(Action action, Change change) {
    Key key = Key.of(action.node().name());
    Optional<ObjectNode> now = now(action.node());
    Optional<ObjectNode> patch = now.flatMap(change::of);
    if (patch.isEmpty()) {
      return false;
    }
    patch
        .get()
        .withObject("/metadata")
        .put("resourceVersion", now.get().at("/metadata/resourceVersion").asText());
    cluster.mergePatch(Resource.NODES, key, patch.get());
    return true;
  }

  private static Optional<ObjectNode> retire(ObjectNode node) {
    ArrayNode taints = JsonNodeFactory.instance.arrayNode();
    for (JsonNode taint : node.at("/spec/taints")) {
      if (isOurs(taint)) {
        return Optional.empty();
      }
      taints.add(taint);
    }
    taints.addObject().put("key", LiveNode.RETIRING).put("effect", LiveNode.NO_SCHEDULE);
    return Optional.of(taints(taints));
  }

  private static Optional<ObjectNode> back(ObjectNode node) {
    ArrayNode taints = JsonNodeFactory.instance.arrayNode();
    boolean there = false;
    for (JsonNode taint : node.at("/spec/taints")) {
      if (isOurs(taint)) {
        there = true;
      } else {
        taints.add(taint);
      }
    }
    return there ? Optional.of(taints(taints)) : Optional.empty();
  }

  private static boolean isReplaced(JsonNode node) {
    boolean tainted = false;
    for (JsonNode taint : node.at("/spec/taints")) {
      tainted |= isOurs(taint);
    }
    return tainted && node.at("/metadata/annotations").has(Replacing.ANNOTATION);
  }

  private static Optional<ObjectNode> replaced(ObjectNode node, Action.Replace replace) {
    if (node.at("/metadata/annotations").has(Replacing.ANNOTATION)) {
      return Optional.empty();
    }
    ObjectNode patch = retire(node).orElseGet(JsonNodeFactory.instance::objectNode);
    patch.withObject("/metadata/annotations").put(Replacing.ANNOTATION, replace.replacing().text());
    return Optional.of(patch);
  }

  private static Optional<ObjectNode> spared(ObjectNode node, Action.Spare spare) {
    if (!node.at("/metadata/annotations").has(Replacing.ANNOTATION)) {
      return Optional.empty();
    }
    Optional<ObjectNode> taint = spare.unwanted() ? Optional.empty() : back(node);
    ObjectNode patch = taint.orElseGet(JsonNodeFactory.instance::objectNode);
    patch.withObject("/metadata/annotations").putNull(Replacing.ANNOTATION);
    return Optional.of(patch);
  }

  private static ObjectNode taints(ArrayNode taints) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("spec").set("taints", taints);
    return patch;
  }

  private static boolean isOurs(JsonNode taint) {
    return taint.path("key").asText().equals(LiveNode.RETIRING)
        && taint.path("effect").asText().equals(LiveNode.NO_SCHEDULE);
  }

  private static Optional<ObjectNode> labelled(ObjectNode node, Action.Label label) {
    if (node.at("/metadata/labels").has(Keys.OFFER)) {
      return Optional.empty();
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.withObject("/metadata/labels").put(Keys.OFFER, label.offer().toString());
    return Optional.of(patch);
  }

  /**
   * Deletes the claim of a node without GPUs, unless a pod with GPUs is bound there. That is asked
   * of the API server itself, and the claim must be the one that this was decided on.
   */
  private boolean deleted(Action.GiveUp giveUp) {
    Selection there = new Selection("", "", "spec.nodeName=" + giveUp.node().name());
    boolean used =
        cluster.list(Resource.PODS, there, Pod::read).items().values().stream()
            .anyMatch(pod -> !pod.asks().isEmpty() && !pod.finished());
    if (used) {
      LOG.log(
          Level.INFO, "node {0} has no GPUs and a pod that asks for some", giveUp.node().name());
      return false;
    }
    LiveClaim claim = giveUp.claim();
    cluster.delete(
        Resource.NODECLAIMS,
        Key.of(claim.name()),
        new Preconditions(claim.life().uid(), claim.life().resourceVersion()));
    return true;
  }
}

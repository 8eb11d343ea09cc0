package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Keys;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.SpotPool.Taint;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.MergePatch;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The NodePool that buys one offer for one pool, or any of a group: what never changes about it.
 *
 * @param name ends in a hash of everything that it allows, so that whatever allows something else
 *     is another rung
 * @param what the offer, or the group
 * @param gpus of one machine
 * @param annotations that say what it is
 * @param template of its nodes; not to be changed
 */
record Rung(
    String name,
    String pool,
    String what,
    int gpus,
    Map<String, String> annotations,
    ObjectNode template) {
  /** Part of the hash: another way to write templates makes other rungs, and edits none. */
  private static final String FORMAT = "1";

  /** A NodePool's name is a label's value on its nodes. */
  private static final int LONGEST_NAME = 63;

  private static final List<String> NEVER_CHANGES =
      List.of(
          "/metadata/labels",
          "/metadata/annotations",
          "/spec/taints",
          "/spec/startupTaints",
          "/spec/requirements",
          "/spec/nodeClassRef",
          "/spec/terminationGracePeriod",
          "/spec/expireAfter");

  static Rung of(Candidate candidate) {
    SpotPool pool = candidate.pool();
    Offer offer = candidate.offer();
    OfferKey key = offer.key();
    String what = candidate.slot().what();
    if (candidate.wide().isEmpty()) {
      ObjectNode template =
          template(pool, offer, List.of(key.instanceType()), List.of(key.zone()), Optional.of(key));
      String words = pool.name() + "-" + key.instanceType() + "-" + key.zone();
      return named(words, pool, what, offer, Map.of(Keys.OFFER, what), template);
    }
    Wide wide = candidate.wide().get();
    ObjectNode template = template(pool, offer, wide.types(), wide.zones(), Optional.empty());
    Map<String, String> says = Map.of(LiveRung.WIDE, what, LiveRung.OFFERS, wide.spoken());
    return named(pool.name() + "-" + what, pool, what, offer, says, template);
  }

  private static Rung named(
      String words,
      SpotPool pool,
      String what,
      Offer offer,
      Map<String, String> annotations,
      ObjectNode template) {
    String name = named(words, hash(pool.name() + "\n" + template));
    ((ObjectNode) template.at("/metadata/labels")).put(Keys.RUNG, name);
    return new Rung(name, pool.name(), what, offer.gpu().count(), annotations, template);
  }

  /** The NodePool to create. */
  ObjectNode manifest(Knobs knobs) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", Resource.NODEPOOLS.apiVersion());
    object.put("kind", Resource.NODEPOOLS.kind());
    // No ownerReferences: the garbage collector would delete rungs, and with them running nodes.
    ObjectNode metadata = object.putObject("metadata");
    metadata.put("name", name);
    metadata.putObject("labels").put(Keys.POOL, pool);
    ObjectNode marked = metadata.putObject("annotations");
    new TreeMap<>(annotations).forEach(marked::put);
    marked.put(LiveRung.GPUS, Integer.toString(gpus));
    object.putObject("spec").set("template", template);
    return MergePatch.apply(object, knobs.json());
  }

  /** The fields of {@code live}'s template that a hand has changed. */
  List<String> editedIn(LiveRung live) {
    JsonNode theirs = live.object().at("/spec/template");
    return NEVER_CHANGES.stream()
        .filter(field -> !template.at(field).equals(theirs.at(field)))
        .map(field -> "spec.template" + field.replace('/', '.'))
        .toList();
  }

  /**
   * The template of a NodePool.
   *
   * @param offer one of those that it buys
   * @param only the one that it buys; its nodes are labelled with that
   */
  private static ObjectNode template(
      SpotPool pool,
      Offer offer,
      Collection<String> types,
      Collection<String> zones,
      Optional<OfferKey> only) {
    ObjectNode template = JsonNodeFactory.instance.objectNode();
    Map<String, String> labels = new TreeMap<>(pool.labels());
    labels.put(Keys.POOL, pool.name());
    labels.put(Keys.PROVIDER, offer.provider());
    only.ifPresent(key -> labels.put(Keys.OFFER, key.toString()));
    ObjectNode written = template.putObject("metadata").putObject("labels");
    labels.forEach(written::put);

    ObjectNode spec = template.putObject("spec");
    // Expiry is forceful: it asks no budget and no PodDisruptionBudget.
    spec.put("expireAfter", "Never");
    spec.putObject("nodeClassRef")
        .put("group", pool.nodeClassRef().group())
        .put("kind", pool.nodeClassRef().kind())
        .put("name", pool.nodeClassRef().name());
    ArrayNode requirements = spec.putArray("requirements");
    requirement(requirements, Keys.INSTANCE_TYPE, types);
    requirement(requirements, Keys.ZONE, zones);
    requirement(requirements, Keys.CAPACITY_TYPE, List.of(offer.key().capacity().text()));
    requirement(requirements, Keys.ARCHITECTURE, List.of(offer.architecture().toString()));
    // Any value will do, so that the pods of one machine can name it before it is there.
    requirements.addObject().put("key", Keys.MACHINE).put("operator", "Exists");
    // No terminationGracePeriod: with one, Karpenter evicts even pods marked do-not-disrupt.
    ArrayNode taints = spec.putArray("taints");
    taints(pool).forEach(taint -> write(taints.addObject(), taint));
    return template;
  }

  private static void requirement(ArrayNode requirements, String key, Collection<String> values) {
    ObjectNode requirement = requirements.addObject();
    requirement.put("key", key);
    requirement.put("operator", "In");
    values.forEach(requirement.putArray("values")::add);
  }

  /** Kubernetes allows one taint of a key and effect; ours win, for pods are admitted by them. */
  private static Iterable<Taint> taints(SpotPool pool) {
    Map<String, Taint> byKeyAndEffect = new TreeMap<>();
    Stream.concat(
            Taint.RUNGS.stream(), pool.taints().stream().sorted(Comparator.comparing(Taint::value)))
        .forEach(taint -> byKeyAndEffect.putIfAbsent(taint.key() + " " + taint.effect(), taint));
    return byKeyAndEffect.values();
  }

  private static void write(ObjectNode object, Taint taint) {
    object.put("key", taint.key());
    object.put("effect", taint.effect());
    if (!taint.value().isEmpty()) {
      object.put("value", taint.value());
    }
  }

  private static String named(String words, String hash) {
    String plain = words.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    int room = LONGEST_NAME - hash.length() - 1;
    String cut = plain.substring(0, Math.min(plain.length(), room)).replaceAll("-+$", "");
    return cut + "-" + hash;
  }

  private static String hash(String allowed) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((FORMAT + "\n" + allowed).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

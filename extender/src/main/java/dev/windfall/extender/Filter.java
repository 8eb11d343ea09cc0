package dev.windfall.extender;

import dev.windfall.market.Objections;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Request;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The answer to the verb {@code filter}: the candidates that keep the pod's own wish, and why the
 * others do not.
 *
 * <p>What a node was rented as stays as it is whichever pods leave it, so preemption helps nowhere,
 * and every refused node is said to be unresolvable.
 */
final class Filter {
  private static final int LONGEST_REASON = 256;

  private final Question question;
  private final NodeNames names;
  private final Answer passed;
  private final Answer failed = new Answer(256);
  private int count;
  private int refused;

  private Filter(Question question, NodeNames names) {
    this.question = question;
    this.names = names;
    passed = new Answer(64 * (1 + question.size()));
  }

  /**
   * The answer.
   *
   * @param wish of the pod; empty: every node will do
   */
  static Filter of(Question question, Optional<Request> wish, NodeIndex nodes, PriceBook book) {
    Filter filter = new Filter(question, nodes.names());
    Optional<Objections> objections = wish.map(Objections::new);
    Map<Optional<OfferKey>, Optional<byte[]>> known = new HashMap<>();
    for (int candidate = 0; candidate < question.size(); candidate++) {
      int slot = question.slot(candidate);
      Optional<OfferKey> offer = slot < 0 ? Optional.empty() : nodes.offer(slot);
      Optional<byte[]> reason =
          objections.isEmpty()
              ? Optional.empty()
              : known.computeIfAbsent(
                  offer, key -> objections.get().to(key, book).map(Filter::reason));
      filter.add(candidate, reason);
    }
    return filter;
  }

  /** One reason may stand with every node, and holds what the pod says. */
  private static byte[] reason(String text) {
    return Json.quoted(
        text.length() > LONGEST_REASON ? text.substring(0, LONGEST_REASON) + "…" : text);
  }

  private void add(int candidate, Optional<byte[]> reason) {
    byte[] name = Json.quoted(question.name(candidate, names));
    if (reason.isEmpty()) {
      if (count++ > 0) {
        passed.add(',');
      }
      passed.add(name);
    } else {
      if (refused++ > 0) {
        failed.add(',');
      }
      failed.add(name).add(':').add(reason.get());
    }
  }

  /** How many candidates are refused. */
  int refused() {
    return refused;
  }

  /** An {@code ExtenderFilterResult}. */
  byte[] bytes() {
    byte[] names = passed.bytes();
    byte[] reasons = failed.bytes();
    return new Answer(names.length + reasons.length + 128)
        .add("{\"Nodes\":null,\"NodeNames\":[")
        .add(names)
        .add("],\"FailedNodes\":{},\"FailedAndUnresolvableNodes\":{")
        .add(reasons)
        .add("},\"Error\":\"\"}")
        .bytes();
  }

  /** An {@code ExtenderFilterResult} that says that the call was none. */
  static byte[] error(String message) {
    return new Answer(64 + message.length())
        .add("{\"Error\":")
        .add(Json.quoted(message))
        .add('}')
        .bytes();
  }
}

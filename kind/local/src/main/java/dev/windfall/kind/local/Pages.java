package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rest of lists that were asked for in pages: each continues at the version of its first page,
 * and few are kept.
 */
final class Pages {
  private static final int KEPT = 64;

  /** One page, and the token for the next; empty when there is none. */
  record Page(List<ObjectNode> items, long version, String next, int remaining) {}

  private final Map<String, Store.State> rest = new LinkedHashMap<>();
  private int given;

  synchronized Page first(Store.State state, int limit) {
    return cut(state, limit);
  }

  synchronized Page next(String token, int limit) {
    Store.State state = rest.remove(token);
    if (state == null) {
      throw Refusal.expired(
          "The provided continue parameter is too old to display a consistent list result.");
    }
    return cut(state, limit);
  }

  /** Every list that is under way expires. */
  synchronized void forget() {
    rest.clear();
  }

  private Page cut(Store.State state, int limit) {
    List<ObjectNode> all = state.objects();
    if (limit <= 0 || all.size() <= limit) {
      return new Page(all, state.version(), "", 0);
    }
    String token = "page-" + ++given;
    rest.put(token, new Store.State(all.subList(limit, all.size()), state.version()));
    if (rest.size() > KEPT) {
      rest.remove(rest.keySet().iterator().next());
    }
    return new Page(all.subList(0, limit), state.version(), token, all.size() - limit);
  }
}

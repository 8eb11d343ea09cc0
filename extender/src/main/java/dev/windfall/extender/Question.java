package dev.windfall.extender;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.windfall.extender.RejectedException.Kind;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Pod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler asks: a pod and the nodes that fit it. The wire form is that of
 * k8s.io/kube-scheduler/extender/v1 with {@code nodeCacheCapable: true}. As in Go, keys are
 * compared without regard to case, and of two that are the same the last one counts.
 *
 * <p>The scheduler waits while this is read, so a name that the index knows is never made.
 */
final class Question {
  /** No cluster has more nodes. */
  private static final int MOST_NODES = 100_000;

  private static final int LONGEST_MESSAGE = 256;

  private final Pod pod;
  private final boolean named;
  private final int[] candidates;
  private final List<String> strangers;

  private Question(Pod pod, boolean named, int[] candidates, List<String> strangers) {
    this.pod = pod;
    this.named = named;
    this.candidates = candidates;
    this.strangers = strangers;
  }

  /** Reads a question about {@code nodes}. */
  static Question read(byte[] body, NodeNames nodes) throws RejectedException {
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      parser.nextToken();
      return new Reader(body, parser, nodes).read();
    } catch (IOException e) {
      throw new RejectedException(Kind.UNREADABLE, shortened(String.valueOf(e.getMessage())));
    }
  }

  /** It may quote what was sent, which may be long. */
  private static String shortened(String message) {
    return message.length() > LONGEST_MESSAGE
        ? message.substring(0, LONGEST_MESSAGE) + "…"
        : message;
  }

  /** A question of our own, for a pod that nobody schedules. */
  static Question about(Pod pod, int[] slots) {
    return new Question(pod, true, slots, List.of());
  }

  Pod pod() {
    return pod;
  }

  /** Whether there is a list of candidates. */
  boolean named() {
    return named;
  }

  /** How many candidates there are. */
  int size() {
    return candidates.length;
  }

  /** The slot of a candidate in the index; a negative one is a stranger, -1 the first. */
  int slot(int candidate) {
    return candidates[candidate];
  }

  /** The names that the index does not have. */
  List<String> strangers() {
    return strangers;
  }

  String name(int candidate, NodeNames nodes) {
    int slot = candidates[candidate];
    return slot < 0 ? strangers.get(-1 - slot) : nodes.name(slot);
  }

  private static final class Reader {
    private final byte[] body;
    private final JsonParser parser;
    private final NodeNames nodes;
    private @Nullable Pod pod;
    private int[] candidates = new int[128];
    private int count;
    private boolean names;
    private boolean wholeNodes;
    private final List<String> strangers = new ArrayList<>();

    Reader(byte[] body, JsonParser parser, NodeNames nodes) {
      this.body = body;
      this.parser = parser;
      this.nodes = nodes;
    }

    Question read() throws IOException, RejectedException {
      JsonPull json = new JsonPull(parser);
      boolean ended = false;
      if (parser.hasToken(JsonToken.START_OBJECT)) {
        while (!ended && parser.nextToken() == JsonToken.FIELD_NAME) {
          String field = parser.currentName();
          parser.nextToken();
          if (field.equalsIgnoreCase("Pod")) {
            pod = parser.hasToken(JsonToken.START_OBJECT) ? Pod.read(parser) : null;
          } else if (field.equalsIgnoreCase("NodeNames")) {
            ended = names();
          } else {
            wholeNodes |= field.equalsIgnoreCase("Nodes") && !parser.hasToken(JsonToken.VALUE_NULL);
          }
          if (!ended) {
            json.skip();
          }
        }
        if (!ended && !parser.hasToken(JsonToken.END_OBJECT)) {
          throw new IOException("the stream ends inside an object");
        }
      }
      if (count > MOST_NODES) {
        throw new RejectedException(
            Kind.TOO_MANY_NODES, "asks about more than " + MOST_NODES + " nodes");
      }
      if (pod == null) {
        throw new RejectedException(Kind.NO_POD, "has no Pod");
      }
      if (wholeNodes && !names) {
        throw new RejectedException(
            Kind.WHOLE_NODES,
            "has whole nodes in place of their names; set nodeCacheCapable: true in the"
                + " scheduler's configuration of this extender");
      }
      return new Question(pod, names, Arrays.copyOf(candidates, count), strangers);
    }

    /** Whether nothing comes after the names. */
    private boolean names() throws IOException {
      forget();
      names = parser.hasToken(JsonToken.START_ARRAY);
      if (!names) {
        return false;
      }
      if (plainNames((int) parser.currentLocation().getByteOffset())) {
        return true;
      }
      forget();
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING) {
          if (count <= MOST_NODES) {
            byte[] name = parser.getText().getBytes(StandardCharsets.UTF_8);
            add(slot(name, 0, name.length, PlainText.hash(name, 0, name.length)));
          }
        } else if (token == null) {
          throw new IOException("the stream ends inside a list");
        } else {
          parser.skipChildren();
        }
      }
      return false;
    }

    private void forget() {
      count = 0;
      strangers.clear();
    }

    /**
     * Reads the names as Go writes them, with nothing between them, and nothing after them but the
     * end of the question. Whatever is otherwise is left to the parser.
     */
    private boolean plainNames(int from) {
      // What is not UTF-8 has no such place.
      if (from <= 0 || body[from - 1] != '[') {
        return false;
      }
      int before = -1;
      int at = from;
      while (at < body.length && body[at] == '"') {
        int slot = nodes.expected(before);
        int end = slot < 0 ? -1 : nodes.endOf(slot, body, at + 1);
        if (end < 0) {
          long scanned = PlainText.scan(body, at + 1);
          end = (int) scanned;
          if (end < 0) {
            return false;
          }
          slot = slot(body, at + 1, end, (int) (scanned >>> Integer.SIZE));
          if (slot >= 0) {
            nodes.expect(slot, before);
          } else if (!PlainText.isPlain(body, at + 1, end)) {
            return false;
          }
        }
        if (end + 2 >= body.length) {
          return false;
        }
        if (count <= MOST_NODES) {
          add(slot);
        }
        if (body[end + 1] == ']') {
          return body[end + 2] == '}';
        }
        if (body[end + 1] != ',') {
          return false;
        }
        before = slot;
        at = end + 2;
      }
      return false;
    }

    private int slot(byte[] text, int from, int to, int hash) {
      int slot = nodes.find(text, from, to, hash);
      if (slot < 0) {
        strangers.add(new String(text, from, to - from, StandardCharsets.UTF_8));
        slot = -strangers.size();
      }
      return slot;
    }

    private void add(int candidate) {
      if (count == candidates.length) {
        candidates = Arrays.copyOf(candidates, 2 * count);
      }
      candidates[count++] = candidate;
    }
  }
}

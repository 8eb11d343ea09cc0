package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What two decoders keep of one object. */
record Both<A, B>(Optional<A> first, Optional<B> second) {
  /**
   * Most of a node, and nothing that a decoder here asks for: the images on it, who wrote which
   * field, and what the kubelet says of itself.
   */
  private static final Set<String> LEFT =
      Set.of("managedFields", "images", "nodeInfo", "volumesInUse", "volumesAttached");

  /** Has two decoders read each object, of which a copy is made without what neither wants. */
  static <A, B> Decoder<Both<A, B>> decoder(Decoder<A> first, Decoder<B> second) {
    return object -> {
      try (TokenBuffer copy = new TokenBuffer(object)) {
        copy(object, copy);
        return new Both<>(decode(first, copy), decode(second, copy));
      }
    };
  }

  private static <T> Optional<T> decode(Decoder<T> decoder, TokenBuffer copy) throws IOException {
    try (JsonParser again = copy.asParser()) {
      again.nextToken();
      return Optional.ofNullable(decoder.decode(again));
    }
  }

  private static void copy(JsonParser object, TokenBuffer copy) throws IOException {
    copy.writeStartObject();
    Pull.fields(
        object,
        part -> {
          copy.writeFieldName(part);
          if (object.currentToken() == JsonToken.START_OBJECT) {
            copy.writeStartObject();
            Pull.fields(
                object,
                field -> {
                  if (LEFT.contains(field)) {
                    object.skipChildren();
                  } else {
                    copy.writeFieldName(field);
                    copy.copyCurrentStructure(object);
                  }
                });
            copy.writeEndObject();
          } else {
            copy.copyCurrentStructure(object);
          }
        });
    copy.writeEndObject();
  }

  /** Keeps them in a picture each. */
  record Apart<A, B>(Picture<A> one, Picture<B> other) implements Kept<Both<A, B>> {
    @Override
    public void hear() {
      one.hear();
      other.hear();
    }

    @Override
    public void change(Key key, Optional<Both<A, B>> kept) {
      one.change(key, kept.flatMap(Both::first));
      other.change(key, kept.flatMap(Both::second));
    }

    @Override
    public void replace(Map<Key, Optional<Both<A, B>>> whole) {
      Map<Key, Optional<A>> ofOne = new HashMap<>();
      Map<Key, Optional<B>> ofOther = new HashMap<>();
      whole.forEach((key, both) -> {
        ofOne.put(key, both.flatMap(Both::first));
        ofOther.put(key, both.flatMap(Both::second));
      });
      one.replace(ofOne);
      other.replace(ofOther);
    }

    @Override
    public void publish() {
      one.publish();
      other.publish();
    }

    @Override
    public int size() {
      return Math.max(one.size(), other.size());
    }
  }
}

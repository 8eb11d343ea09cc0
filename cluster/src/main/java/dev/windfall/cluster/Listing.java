package dev.windfall.cluster;

import java.util.Map;

/**
 * What a consistent list found.
 *
 * @param items by key, in the API server's order; unmodifiable
 * @param resourceVersion the version of the whole, to watch from
 * @param <T> what the decoder kept of each object
 */
public record Listing<T>(Map<Key, T> items, String resourceVersion) {}

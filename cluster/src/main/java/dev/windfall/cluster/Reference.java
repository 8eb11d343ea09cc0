package dev.windfall.cluster;

/**
 * The object an event is about.
 *
 * @param resource its kind
 * @param key which one
 * @param uid empty when unknown; {@code kubectl describe} shows only events that carry the right
 *     one
 */
public record Reference(Resource resource, Key key, String uid) {}

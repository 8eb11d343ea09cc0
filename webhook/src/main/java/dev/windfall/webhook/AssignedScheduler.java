package dev.windfall.webhook;

/**
 * The second scheduler that admitted pods are given.
 *
 * @param name what {@code spec.schedulerName} says
 * @param live whether it renews its Lease; pods given to one that does not would wait for ever
 */
public record AssignedScheduler(String name, boolean live) {}

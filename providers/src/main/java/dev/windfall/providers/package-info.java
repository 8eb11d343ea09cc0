/**
 * Where offers come from: one package a provider, and the feed that makes one price book of them.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.providers;

/** Offers out of market files. */
@org.jspecify.annotations.NullMarked
package dev.windfall.providers.file;

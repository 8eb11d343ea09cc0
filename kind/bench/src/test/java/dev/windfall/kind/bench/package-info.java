/** Benchmarks. Nothing here is a test: what comes out is a figure, not a yes or no. */
@org.jspecify.annotations.NullMarked
package dev.windfall.kind.bench;

/** Windfall on a real control plane, started and asked as a user would. */
@org.jspecify.annotations.NullMarked
package dev.windfall.kind.e2e;

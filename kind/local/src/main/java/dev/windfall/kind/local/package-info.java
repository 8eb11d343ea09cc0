@org.jspecify.annotations.NullMarked
package dev.windfall.kind.local;

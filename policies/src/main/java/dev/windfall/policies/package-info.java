@org.jspecify.annotations.NullMarked
package dev.windfall.policies;

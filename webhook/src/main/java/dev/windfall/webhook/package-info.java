/**
 * Turns a pod's wish into constraints while the pod is admitted, and proves to the API server who
 * does so.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.webhook;

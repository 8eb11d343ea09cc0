/**
 * An EC2 endpoint on a loopback port, with the little of Pricing, Service Quotas and the Spot
 * Advisor that goes with it. Depends on no other room.
 */
@NullMarked
package dev.windfall.kind.ec2;

import org.jspecify.annotations.NullMarked;

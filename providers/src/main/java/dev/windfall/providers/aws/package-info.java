/** Offers of AWS, asked of its own interfaces, region by region. */
@org.jspecify.annotations.NullMarked
package dev.windfall.providers.aws;

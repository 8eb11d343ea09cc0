package dev.windfall.market;

import java.time.LocalDate;

/** How a price is known. It changes no order: it tells a person how far to trust the figure. */
public sealed interface Basis {
  /** A price that was read from whom it is paid to, or that a person vouches for. */
  Basis QUOTED = new Quoted();

  /** What {@link #QUOTED} is. */
  record Quoted() implements Basis {
    @Override
    public String toString() {
      return "quoted";
    }
  }

  /**
   * A price that could not be read and stands in a table instead.
   *
   * @param asOf the day on which the table was right
   */
  record Listed(LocalDate asOf) implements Basis {
    @Override
    public String toString() {
      return "listed " + asOf;
    }
  }
}

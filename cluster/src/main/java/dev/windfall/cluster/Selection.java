package dev.windfall.cluster;

/**
 * Which objects of a kind to list or watch.
 *
 * @param namespace empty for every namespace
 * @param labels label selector as kubectl's {@code -l} takes it; empty for all
 * @param fields field selector as kubectl's {@code --field-selector} takes it; empty for all
 */
public record Selection(String namespace, String labels, String fields) {
  /** Every object of the kind. */
  public static final Selection ALL = new Selection("", "", "");

  /** The one object with this key. */
  public static Selection only(Key key) {
    return new Selection(key.namespace(), "", "metadata.name=" + key.name());
  }

  /** This selection, narrowed to objects with these labels. */
  public Selection labelled(String selector) {
    return new Selection(namespace, selector, fields);
  }
}

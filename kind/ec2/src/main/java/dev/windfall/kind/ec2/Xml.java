package dev.windfall.kind.ec2;

import java.util.function.BiConsumer;

/** XML as EC2 writes it: elements only, lists of {@code item}. */
final class Xml {
  private final StringBuilder text = new StringBuilder();

  Xml put(String name, Object value) {
    return within(name, () -> text(value));
  }

  Xml text(Object value) {
    text.append(value.toString().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    return this;
  }

  Xml within(String name, Runnable inner) {
    text.append('<').append(name).append('>');
    inner.run();
    text.append("</").append(name).append('>');
    return this;
  }

  <T> Xml items(String name, Iterable<T> all, BiConsumer<Xml, T> each) {
    return within(name, () -> all.forEach(one -> within("item", () -> each.accept(this, one))));
  }

  /** The whole answer to {@code action}. */
  String answer(String action) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<"
        + action
        + "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
        + "<requestId>00000000-0000-0000-0000-000000000000</requestId>"
        + text
        + "</"
        + action
        + "Response>";
  }

  static String error(String code, String message) {
    Xml error = new Xml().put("Code", code).put("Message", message);
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
        + error.text
        + "</Error></Errors>"
        + "<RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>";
  }
}

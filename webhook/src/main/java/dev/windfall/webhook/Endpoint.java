package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Where the API server finds the webhook. */
public sealed interface Endpoint {
  /** Where pods are posted. */
  String MUTATE_PATH = "/mutate";

  /**
   * What the webhook has to prove it is: DNS names and IP addresses, the one that is called first.
   */
  List<String> names();

  /** A {@code clientConfig} of a webhook configuration. */
  ObjectNode clientConfig(String caBundle);

  /** How a listener on {@code host} is called: one on every interface, as loopback. */
  static String called(String host) {
    return Set.of("0.0.0.0", "::", "").contains(host) ? "127.0.0.1" : host;
  }

  /** Behind a Service, on its port 443. */
  record Service(String namespace, String name) implements Endpoint {
    private static final int PORT = 443;

    @Override
    public List<String> names() {
      String qualified = name + "." + namespace;
      return List.of(qualified + ".svc", qualified + ".svc.cluster.local", qualified, name);
    }

    @Override
    public ObjectNode clientConfig(String caBundle) {
      ObjectNode config = Json.object();
      config
          .putObject("service")
          .put("namespace", namespace)
          .put("name", name)
          .put("path", MUTATE_PATH)
          .put("port", PORT);
      return config.put("caBundle", caBundle);
    }
  }

  /**
   * At a host and port, for a server outside of the cluster.
   *
   * @param host to listen on; one that stands for every interface is called as loopback
   */
  record Address(String host, int port) implements Endpoint {
    private static final List<String> LOOPBACK = List.of("127.0.0.1", "localhost", "::1");

    private String called() {
      return Endpoint.called(host);
    }

    @Override
    public List<String> names() {
      Set<String> names = new LinkedHashSet<>();
      names.add(called());
      names.addAll(LOOPBACK);
      return List.copyOf(names);
    }

    @Override
    public ObjectNode clientConfig(String caBundle) {
      String authority = called().contains(":") ? "[" + called() + "]" : called();
      return Json.object()
          .put("url", "https://" + authority + ":" + port + MUTATE_PATH)
          .put("caBundle", caBundle);
    }
  }

  /**
   * At a URL of somebody else's, such as a balancer's, who passes connections on as they are.
   *
   * @param url with a host and without a path
   */
  record Url(URI url) implements Endpoint {
    @Override
    public List<String> names() {
      String host = url.getHost();
      return List.of(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    }

    @Override
    public ObjectNode clientConfig(String caBundle) {
      return Json.object()
          .put("url", "https://" + url.getAuthority() + MUTATE_PATH)
          .put("caBundle", caBundle);
    }
  }
}

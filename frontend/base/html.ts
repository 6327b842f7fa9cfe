// Turns HTML of our own server into nodes. This is the only place that touches
// an HTML sink, and its policy the only one the Content-Security-Policy admits.

/** What Trusted Types calls a policy: text of our server in, trusted text out. */
export interface Policy {
  createHTML(text: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}

declare global {
  interface Window {
    readonly trustedTypes?: PolicyFactory;
  }
}

const pass: Policy = { createHTML: (text) => text };
let policy: Policy | undefined;

/** Uses the policy of the embedding page instead of making one. */
export function usePolicy(given: Policy): void {
  policy ??= given;
}

/** Parses HTML that our server sent; its paths become addresses below origin. */
export function parse(html: string, origin: string): DocumentFragment {
  policy ??= window.trustedTypes?.createPolicy("parley", pass) ?? pass;
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  absolutise(template.content, origin);
  return template.content;
}

/** On a foreign page a path means the host's; this makes it ours again. */
export function absolutise(nodes: ParentNode, origin: string): void {
  if (origin === location.origin) return;
  for (const name of ["href", "src", "action", "formaction"]) {
    for (const node of nodes.querySelectorAll(`[${name}^="/"]`)) {
      node.setAttribute(name, origin + node.getAttribute(name));
    }
  }
}

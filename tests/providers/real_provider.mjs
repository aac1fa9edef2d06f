// A certified OpenID provider (npm oidc-provider) on loopback, as its own documentation sets it up.
// node real_provider.mjs FOLDER_OF_MODULES PEM HOST CLIENT SECRET REDIRECT SIGNED → the port, on one line
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, pem, host, client, secret, redirect, signed] = process.argv.slice(2);
const found = await import(pathToFileURL(path.join(modules, "oidc-provider", "lib", "index.js")).href);
const Provider = found.Provider ?? found.default;
const key = fs.readFileSync(pem);
const server = https.createServer({ key, cert: key });
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const one = {
    client_id: client,
    client_secret: secret,
    redirect_uris: [redirect],
    post_logout_redirect_uris: [redirect],
    grant_types: ["authorization_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
  };
  if (signed === "signed") one.userinfo_signed_response_alg = "RS256";
  const provider = new Provider(`https://${host}:${port}`, {
    clients: [one],
    cookies: { keys: ["one key of the test"] },
    claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"], email: ["email", "email_verified"] },
    conformIdTokenClaims: signed === "signed",
    features: { devInteractions: { enabled: true }, jwtUserinfo: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, name: "Anne Petit", groups: ["urba"], email: `${id}@mairie.test` }),
    }),
  });
  server.on("request", provider.callback());
  console.log(port);
});

import type { TerraformResource } from 'cdktf';

/**
 * Says at a resource why checks of Checkov need not hold for it, by their ids. In the synthesized stack it is a comment of
 * the resource, which the tests of the judges read.
 */
export function exempt(resource: TerraformResource, reasons: Record<`CKV${'' | '2'}_AWS_${number}`, string>): void {
  resource.addOverride('//.exempt', reasons);
}
